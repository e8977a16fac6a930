import type { Command } from 'commander';
import { inTransaction } from '#kernel';
import {
  annulBreach,
  confirmAtWindow,
  enterAtWindow,
  followItems,
  formContracts,
  formOf,
  type Pledge,
  recordBreach,
  recoverFilings,
  type Registration,
  sweepAttachments,
} from '#rights';
import { openVoluntary } from '../../voluntary.ts';
import { table } from '../output.ts';
import { withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Json = { json?: boolean };

/** 自愿清单: forms, registration at the window, breaches of pledges, and the work that the node does by itself. */
export function addVoluntary(program: Command): void {
  const voluntary = rightsGroup(program)
    .command('voluntary')
    .description('自愿注册清单 · the voluntary list (article 7)');
  voluntary
    .command('forms')
    .description('填报项目，由数据契约得出 · items that can be filed, from the contracts')
    .option('--json', 'one JSON line')
    .action(forms);
  voluntary
    .command('window')
    .description('窗口登记：一人录入扫描件摘要，另一人确认 · registration at the window, by two persons')
    .argument('<code>', '统一社会信用代码等 · any code of the enterprise')
    .option('--document <sha256>', '录入：营业执照扫描件摘要 · enter: digest of the scan')
    .option('--confirm', '确认 · confirm')
    .option('--json', 'one JSON line')
    .action(atWindow);
  voluntary
    .command('breach')
    .description(
      '登记有权机关的违诺认定，或其撤销 · enter a breach that an authority decided, or its annulment',
    )
    .argument('<code>', '统一社会信用代码等 · any code of the enterprise')
    .argument('<pledge>', '承诺编号 · id of the pledge')
    .option('--authority <name>', '认定机关 · who decided')
    .option('--decision <no>', '决定文号 · number of the decision')
    .option('--decided-on <day>', '决定日期 · day of the decision, YYYY-MM-DD')
    .option('--annul', '认定已撤销 · it was annulled')
    .option('--json', 'one JSON line')
    .action(breach);
  voluntary
    .command('follow')
    .description('立即执行提醒、到期和清理 · remind, end what ran out, and sweep now')
    .option('--json', 'one JSON line')
    .action(follow);
}

async function forms(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const { voluntary, catalogue } = openVoluntary(node);
    const { terms } = voluntary;
    const { contracts, codeTables } = catalogue;
    const found = formContracts(contracts).map((contract) => formOf(contract, { terms, codeTables }));
    output.answer({ forms: found }, () =>
      table(
        ['项目', '名称', '有效天数', '证据', '谁可见', '用途'],
        found.map((form) => [
          form.contract,
          form.words.zh,
          form.validDays,
          form.evidence.join('、'),
          form.whoMaySee.join('、'),
          form.whatItUnlocks,
        ]),
      ),
    );
  });
}

type WindowOptions = Json & { document?: string; confirm?: boolean };

async function atWindow(
  code: string,
  { document, confirm = false, ...options }: WindowOptions,
): Promise<void> {
  await withNode(options, async ({ node, output, caller }) => {
    const context = openVoluntary(node);
    const done = await inTransaction(node.database, async (tx): Promise<Registration> => {
      if (confirm) return await confirmAtWindow(tx, context, { caller, code });
      return await enterAtWindow(tx, context, { caller, code, documentDigest: document ?? '' });
    });
    output.answer(done, () =>
      done.state === 'registered'
        ? '已登记。 Registered.'
        : '已录入，待另一人确认。 Another person must confirm.',
    );
  });
}

type BreachOptions = Json & { authority?: string; decision?: string; decidedOn?: string; annul?: boolean };

async function breach(code: string, pledgeId: string, options: BreachOptions): Promise<void> {
  const { authority = '', decision: decisionNo = '', decidedOn = '', annul = false } = options;
  await withNode(options, async ({ node, output, caller }) => {
    const context = openVoluntary(node);
    const done = await inTransaction(node.database, async (tx): Promise<Pledge> => {
      if (annul) return await annulBreach(tx, context, { caller, code, pledgeId });
      return await recordBreach(tx, context, { caller, code, pledgeId, authority, decisionNo, decidedOn });
    });
    output.answer(done, () => `${done.pledgeId}：${STATE_ZH[done.state]}`);
  });
}

const STATE_ZH = {
  in_force: '有效',
  expired: '到期',
  breached: '违诺（经认定）',
  withdrawn: '已撤回',
} as const;

async function follow(options: Json): Promise<void> {
  await withNode(options, async ({ node, output }) => {
    const context = openVoluntary(node);
    const finished = await recoverFilings(context);
    const followed = await followItems(context);
    const swept = await sweepAttachments(context);
    output.answer(
      { finished, ...followed, swept },
      () =>
        `补完 ${finished} 项，提醒 ${followed.reminded} 项，到期 ${followed.ended} 项，清理 ${swept} 个文件。`,
    );
  });
}
