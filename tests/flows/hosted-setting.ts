import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  approveModel,
  type HostedContext,
  type HostedManifest,
  type HostedRunAnswer,
  type HostedRunRequest,
  indicatorReader,
  type IndicatorBook,
  loadIndicators,
  openOnnxRunner,
  runHostedModel,
  startShadow,
  uploadModel,
  validateModel,
} from '#evaluation';
import { inTransaction, openFieldCipher } from '#kernel';
import type { Catalogue } from '#lists';
import { systemCaller } from '#platform';
import { loadBudgets } from '#security';
import { pmmlOf } from '../../src/evaluation/hosted/pmml/scorecard.test-support.ts';
import type { Cleanup } from '../support/database.ts';
import { active, holds, number } from '../support/hosted-model.ts';
import { BANK, callerOf, CODE } from './consent-setting.ts';
import { openVerificationSetting, type VerificationSetting } from './verification-setting.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export const MODELLER = callerOf({
  id: 'acc_modeller',
  kind: 'institution',
  roles: ['modeller'],
  participantId: 'bank',
});
/** Of an office: models are the institution's as a whole. */
export const RISK_OFFICER = callerOf({
  id: 'acc_risk',
  kind: 'institution',
  roles: ['risk_officer'],
  participantId: 'bank-east',
});
export const OTHER_MODELLER = callerOf({
  id: 'acc_other',
  kind: 'institution',
  roles: ['modeller', 'risk_officer'],
  participantId: 'other-bank',
});
export const NODE_PERSON = callerOf({ id: 'acc_node', kind: 'operator', roles: ['data_admin'] });

/** A public count, an authorised one, and one that is usable but not visible. */
const INDICATORS = [
  {
    id: 'penalties',
    name: { zh: '近九个月行政处罚次数', en: 'penalties in nine months' },
    dimension: '遵纪守法',
    source: { contract: 'n08_penalty', version: '1.0.0' },
    time: 'decided_on',
    aggregate: { fn: 'count' },
    direction: 'lower_better',
  },
  {
    id: 'statements',
    name: { zh: '近九个月财务报表份数', en: 'statements in nine months' },
    dimension: '经营能力',
    source: { contract: 'v02_financials', version: '1.0.0' },
    time: 'period_end',
    aggregate: { fn: 'count' },
    direction: 'higher_better',
  },
  {
    id: 'assets',
    name: { zh: '最近一期资产总额', en: 'latest total assets' },
    dimension: '经营能力',
    source: { contract: 'v02_financials', version: '1.0.0' },
    time: 'period_end',
    aggregate: { fn: 'last', field: 'total_assets' },
    direction: 'higher_better',
    release: 'hosted_test',
  },
].map((own) => ({
  version: '1.0.0',
  coverage: 'replicated',
  window: { count: 9, unit: 'month' },
  empty: own.aggregate.fn === 'count' ? 0 : null,
  notCovered: null,
  basis: 'proposal',
  uses: ['score'],
  ...own,
}));

const RELEASE = {
  id: 'hosted_test',
  version: '1.0.0',
  name: { zh: '示范发布规则', en: 'a release rule for tests' },
  output: 'hosted_score',
  bitsMax: 12,
  groupMin: 2,
  approvedBy: ['security_admin', 'data_admin'],
  basis: 'proposal',
};

function loadBook(t: Cleanup, catalogue: Catalogue): IndicatorBook {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-hosted-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['indicators', 'releases']) mkdirSync(join(folder, name));
  const schema = join('indicators', 'indicator.schema.json');
  copyFileSync(join(ROOT, 'models', schema), join(folder, schema));
  for (const one of INDICATORS) writeFileSync(join(folder, 'indicators', `${one.id}.yaml`), stringify(one));
  writeFileSync(join(folder, 'releases', 'hosted_test.yaml'), stringify(RELEASE));
  return loadIndicators([folder], catalogue);
}

export type HostedSetting = VerificationSetting & { readonly hosted: HostedContext };

export async function openHostedSetting(t: Cleanup): Promise<HostedSetting> {
  const setting = await openVerificationSetting(t);
  const { lists, clock } = setting;
  const { database, keys, policies } = lists;
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-hosted-keys-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const onnx = openOnnxRunner();
  t.after(() => onnx.close());
  const book = loadBook(t, lists.catalogue);
  const hosted: HostedContext = {
    database,
    clock,
    keys,
    policies,
    book,
    onnx,
    cipher: openFieldCipher(folder, 'intl-1'),
    budgets: loadBudgets([join(ROOT, 'models', 'budgets')]),
    readIndicators: indicatorReader(book),
    nodeCaller: systemCaller('hosted_models'),
    rules: { shadowEnterprisesMin: 1 },
  };
  return { ...setting, hosted };
}

export const MANIFEST: HostedManifest = {
  name: 'first-loan',
  title: { zh: '首贷评分卡', en: 'scorecard for first loans' },
  format: 'pmml',
  purposes: ['loan_origination'],
  inputs: [
    { name: 'penalties', from: 'indicator', indicator: 'penalties' },
    { name: 'statements', from: 'indicator', indicator: 'statements' },
    { name: 'turnover', from: 'call', kind: 'number' },
    { name: 'branch', from: 'call', kind: 'text' },
  ],
  output: { min: 0, max: 100, step: 1 },
  reasons: {
    max: 2,
    words: [
      { code: 'R1', zh: '有行政处罚', en: 'there are penalties' },
      { code: 'R2', zh: '报表较少', en: 'few statements' },
      { code: 'R3', zh: '流水较少', en: 'little turnover' },
      { code: 'R4', zh: '网点因素', en: 'the branch' },
    ],
  },
};

/** 20 without penalties, 4 with; 10 a statement up to two; turnover 25 from 1000; 5 for the branch `east`. */
export function firstLoanCard({ bonus = 0 } = {}): Uint8Array {
  return pmmlOf({
    dictionary: `${number('penalties')}${number('statements')}${number('turnover')}
      <DataField name="branch" dataType="string" optype="categorical"/>`,
    schema: ['penalties', 'statements', 'turnover', 'branch'].map(active).join(''),
    attributes: `reasonCodeAlgorithm="pointsBelow" initialScore="${bonus}"`,
    characteristics: `
      <Characteristic reasonCode="R1" baselineScore="20">
        <Attribute partialScore="20">${holds('penalties', 'equal', 0)}</Attribute>
        <Attribute partialScore="4"><True/></Attribute></Characteristic>
      <Characteristic reasonCode="R2" baselineScore="20">
        <Attribute partialScore="0">${holds('statements', 'lessThan', 1)}</Attribute>
        <Attribute partialScore="10">${holds('statements', 'lessThan', 2)}</Attribute>
        <Attribute partialScore="20"><True/></Attribute></Characteristic>
      <Characteristic reasonCode="R3" baselineScore="25">
        <Attribute partialScore="25.4">${holds('turnover', 'greaterOrEqual', 1000)}</Attribute>
        <Attribute partialScore="0"><True/></Attribute></Characteristic>
      <Characteristic reasonCode="R4" baselineScore="0">
        <Attribute partialScore="5"><SimplePredicate field="branch" operator="equal" value="east"/></Attribute>
        <Attribute partialScore="0"><True/></Attribute></Characteristic>`,
  });
}

/** Uploads, validates and puts into shadow; returns the hash. */
export async function bringToShadow(
  { hosted }: HostedSetting,
  manifest: HostedManifest = MANIFEST,
  { content = firstLoanCard(), caller = MODELLER } = {},
): Promise<string> {
  const { database } = hosted;
  const { model } = await inTransaction(database, (tx) =>
    uploadModel(tx, hosted, { caller, manifest, content }),
  );
  await validateModel(hosted, { caller, model });
  await inTransaction(database, (tx) => startShadow(tx, hosted, { caller, model }));
  return model;
}

export async function approveByBoth({ hosted }: HostedSetting, model: string): Promise<void> {
  const node = { caller: NODE_PERSON, model, institution: 'bank' };
  await inTransaction(hosted.database, (tx) => approveModel(tx, hosted, { caller: RISK_OFFICER, model }));
  await inTransaction(hosted.database, (tx) => approveModel(tx, hosted, node));
}

export function runOf(consentId: string, over: Partial<HostedRunRequest> = {}): HostedRunRequest {
  return {
    caller: BANK,
    model: 'first-loan',
    enterprise: CODE,
    consentId,
    purpose: 'loan_origination',
    inputs: { turnover: 1_000, branch: 'east' },
    application: 'LN-1',
    operator: '柜员 7',
    idempotencyKey: randomUUID(),
    ...over,
  };
}

export async function run(
  { hosted }: Pick<HostedSetting, 'hosted'>,
  consentId: string,
  over: Partial<HostedRunRequest> = {},
): Promise<HostedRunAnswer> {
  const { answer } = await runHostedModel(hosted, runOf(consentId, over));
  return JSON.parse(answer) as HostedRunAnswer;
}
