import type { HostedManifest } from '#evaluation';
import { pmmlOf } from '../../src/evaluation/hosted/pmml/scorecard.test-support.ts';

/** A scorecard on indicators of the package: one on what is public, one on what an enterprise must allow, one sent. */
export const TAX_MANIFEST: HostedManifest = {
  name: 'tax-card',
  title: { zh: '纳税评分卡', en: 'scorecard on taxes' },
  format: 'pmml',
  purposes: ['loan_origination'],
  inputs: [
    { name: 'penalties', from: 'indicator', indicator: 'penalty_count_24m' },
    { name: 'late', from: 'indicator', indicator: 'tax_overdue_12m' },
    { name: 'turnover', from: 'call', kind: 'number' },
  ],
  output: { min: 0, max: 100, step: 1 },
  reasons: {
    max: 1,
    words: [
      { code: 'R1', zh: '有行政处罚', en: 'there are penalties' },
      { code: 'R2', zh: '逾期申报', en: 'late declarations' },
      { code: 'R3', zh: '流水较少', en: 'little turnover' },
    ],
  },
};

/** A number among the fields of a card's dictionary. */
export const number = (name: string) => `<DataField name="${name}" dataType="double" optype="continuous"/>`;
/** A field that the card reads. */
export const active = (name: string) => `<MiningField name="${name}"/>`;
const characteristic = (code: string, test: string, points: number) =>
  `<Characteristic reasonCode="${code}" baselineScore="${points}"><Attribute partialScore="${points}">${test}</Attribute>
   <Attribute partialScore="0"><True/></Attribute></Characteristic>`;
export const holds = (field: string, operator: string, value: number) =>
  `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`;

/** 50 without penalties, 30 without late declarations, 20 for a turnover from 1000; nothing for what is not known. */
export const TAX_CARD = pmmlOf({
  dictionary: ['penalties', 'late', 'turnover'].map(number).join(''),
  schema: ['penalties', 'late', 'turnover'].map(active).join(''),
  attributes: 'reasonCodeAlgorithm="pointsBelow" initialScore="0"',
  characteristics:
    characteristic('R1', holds('penalties', 'equal', 0), 50) +
    characteristic('R2', holds('late', 'equal', 0), 30) +
    characteristic('R3', holds('turnover', 'greaterOrEqual', 1_000), 20),
});

/** The body of an upload of it. */
export function taxUpload(name = TAX_MANIFEST.name): { manifest: HostedManifest; content: string } {
  return { manifest: { ...TAX_MANIFEST, name }, content: Buffer.from(TAX_CARD).toString('base64') };
}
