import type { Command } from 'commander';
import { listConsents, settleConsents, STATE_WORDS } from '#consent';
import { beijingDate, beijingTime, inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { decide, PURPOSE_WORDS } from '#security';
import { openConsent } from '../../consent.ts';
import { toViews } from '../../http/routes/consent-schemas.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** 授权: what an enterprise was asked for and gave, as the auditor sees it, and what time has ended. */
export function addConsents(program: Command): void {
  const consents = program.command('consents').description('授权 · consents of enterprises');
  addList(consents);
  consents
    .command('settle')
    .description('把到期、逾期未答复和用完的授权记录在案 · write down what time and use have ended')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const settled = await settleConsents(node.database, openConsent(node));
        output.answer({ settled }, () => `已记录 ${settled} 份。`);
      });
    });
  consents
    .command('bounds')
    .description('合理使用上限 · the fair-use bounds in force')
    .option('--json', 'one JSON line')
    .action(async (options: Json) => {
      await withNode(options, async ({ node, output }) => {
        const { fairUse } = openConsent(node);
        const institutions = [...fairUse.institutions.values()];
        output.answer({ hash: fairUse.hash, institutions }, () => boundsTable(institutions));
      });
    });
}

function addList(consents: Command): void {
  consents
    .command('list')
    .requiredOption('--enterprise <code>', 'code of the enterprise')
    .option('--json', 'one JSON line')
    .action(async (options: Json & { enterprise: string }) => {
      await withNode({ ...options, duty: 'audit_admin' }, async ({ node, output, caller }) => {
        const views = await inTransaction(node.database, async (tx) => {
          const { enterpriseId: subject } = await findEnterprise(tx, options.enterprise);
          const asOf = { knownAt: node.clock.now() };
          const asked = { caller, purpose: 'operate', subject, contracts: [], asOf } as const;
          const permit = decide(tx, node.policies, asked);
          return await toViews(tx, node.lists.catalogue, await listConsents(tx, node.clock, { permit }));
        });
        output.answer({ consents: views }, () =>
          table(
            ['编号', '机构', '用途', '状态', '有效期至', '用过', '最近使用'],
            views.map((view) => [
              view.consentId,
              view.institution.name.zh,
              wordsOf(PURPOSE_WORDS, view.purpose),
              wordsOf(STATE_WORDS, view.state),
              beijingDate(new Date(view.validTo)),
              view.uses,
              view.lastUsedAt === null ? null : beijingTime(new Date(view.lastUsedAt)),
            ]),
          ),
        );
      });
    });
}

function wordsOf(words: Readonly<Record<string, { readonly zh: string }>>, name: string): string {
  return words[name]?.zh ?? name;
}

type Institutions = readonly {
  readonly institutionType: string;
  readonly bounds: readonly {
    readonly purposes: readonly string[];
    readonly products?: readonly string[];
    readonly groups?: readonly string[];
    readonly validityMax: Amount;
    readonly frequencyMax: Amount;
    readonly dataRangeMax: Amount;
    readonly dataLifeMax: Amount;
  }[];
}[];
type Amount = { readonly count: number; readonly unit: string };

function boundsTable(institutions: Institutions): string {
  const text = ({ count, unit }: Amount) => `${count} ${unit}`;
  return table(
    ['机构', '用途', '产品', '数据组', '有效期', '频次', '数据范围', '保存'],
    institutions.flatMap(({ institutionType, bounds }) =>
      bounds.map((bound) => [
        institutionType,
        bound.purposes.map((purpose) => wordsOf(PURPOSE_WORDS, purpose)).join('、'),
        bound.products?.join(' ') ?? '任何',
        bound.groups?.join(' ') ?? '任何',
        text(bound.validityMax),
        `${bound.frequencyMax.count}/${bound.frequencyMax.unit}`,
        text(bound.dataRangeMax),
        text(bound.dataLifeMax),
      ]),
    ),
  );
}
