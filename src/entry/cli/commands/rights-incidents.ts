import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { inTransaction } from '#kernel';
import {
  INCIDENT_KINDS,
  type IncidentKind,
  type IncidentView,
  listIncidents,
  NOTICE_WORDS,
  openIncident,
  readIncident,
  scopeIncident,
  takeStep,
  tellAffected,
  WORDED_ACTS,
  type WordedAct,
} from '#rights';
import { openProcessing } from '../../processing.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';
import { rightsGroup } from './rights-group.ts';

type Options = {
  json?: boolean;
  open?: IncidentKind;
  noticed?: string;
  basis: 'disclosures' | 'records';
  scope?: string[];
  field?: string[];
  from?: string;
  to?: string;
  participant?: string[];
  enterprise?: string[];
  notice?: string;
  act?: WordedAct;
  regulator?: string;
  words?: string;
};

/** 个人信息安全事件: open, scope, report, tell, decide, close; without options what there is. */
export function addIncidents(program: Command): void {
  rightsGroup(program)
    .command('incident')
    .description(
      '个人信息安全事件：登记、查明范围、报告、通知、结案；缺省列出 · incidents: open, scope, report, tell, close; default: list',
    )
    .argument('[id]', '事件编号 · id of the incident')
    .addOption(new Option('--open <kind>', '登记 · open').choices([...INCIDENT_KINDS]))
    .option('--noticed <instant>', '登记：发现时间 · when it was noticed, ISO 8601')
    .option('--scope <contract...>', '查明范围：数据集 · find whom it concerns: datasets')
    .addOption(
      new Option('--basis <basis>', '范围依据 · what went astray')
        .choices(['disclosures', 'records'])
        .default('disclosures'),
    )
    .option('--field <contract.field...>', '范围：字段 · fields')
    .option('--from <instant>', '范围：自 · from, ISO 8601')
    .option('--to <instant>', '范围：至 · before, ISO 8601')
    .option('--participant <id...>', '范围：接收机构或平台 · recipients')
    .option('--enterprise <code...>', '范围：企业 · enterprises')
    .option(
      '--notice <file>',
      `通知受影响的企业：JSON 对象 · tell them, a JSON object: ${Object.keys(NOTICE_WORDS).join(', ')}`,
    )
    .addOption(new Option('--act <act>', '办理一步 · take a step').choices([...WORDED_ACTS]))
    .option('--regulator <id>', '主管部门 · authority')
    .option('--words <text>', '内容或理由 · words of the step')
    .option('--json', 'one JSON line')
    .action(incident);
}

async function incident(id: string | undefined, options: Options): Promise<void> {
  await withNode({ ...options, duty: 'security_admin' }, async (command) => {
    const { node, output, caller } = command;
    const context = openProcessing(node);
    const opened = await openOne(command, options);
    const incidentId = opened ?? id;
    if (incidentId === undefined) return await listAll(command);
    await scopeOne(command, incidentId, options);
    const { act, regulator, words } = options;
    if (act !== undefined) {
      const asked = { caller, incident: incidentId, act, regulator, words };
      await inTransaction(node.database, (tx) => takeStep(tx, context, asked));
    }
    if (options.notice !== undefined) {
      const notice = readWords(options.notice);
      await tellAffected(context, { caller, incident: incidentId, notice });
    }
    const view = await inTransaction(node.database, (tx) =>
      readIncident(tx, context, { caller, incident: incidentId }),
    );
    output.answer(view, () => describe(view));
  });
}

async function openOne({ node, caller }: CommandContext, { open: kind, noticed, words }: Options) {
  if (kind === undefined) return undefined;
  const context = openProcessing(node);
  const noticedAt = noticed === undefined ? context.clock.now() : new Date(noticed);
  const asked = { caller, kind, noticedAt, what: words };
  return (await inTransaction(node.database, (tx) => openIncident(tx, context, asked))).incidentId;
}

async function scopeOne(
  { node, caller }: CommandContext,
  incidentId: string,
  options: Options,
): Promise<void> {
  const { scope: contracts, basis, field, from, to, participant, enterprise } = options;
  if (contracts === undefined) return;
  const context = openProcessing(node);
  const scope = {
    basis,
    contracts,
    fields: field,
    from: new Date(from ?? 0),
    to: to === undefined ? context.clock.now() : new Date(to),
    participants: participant,
    enterprises: enterprise,
  };
  await inTransaction(node.database, (tx) =>
    scopeIncident(tx, context, { caller, incident: incidentId, scope }),
  );
}

function readWords(file: string): Record<string, string> {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const pairs = typeof found === 'object' && found !== null ? Object.entries(found) : [];
  return Object.fromEntries(pairs.map(([name, words]) => [name, String(words)]));
}

async function listAll({ node, output, caller }: CommandContext): Promise<void> {
  const context = openProcessing(node);
  const incidents = await inTransaction(node.database, (tx) => listIncidents(tx, context, { caller }));
  output.answer({ incidents }, () =>
    table(
      ['事件', '种类', '状态', '发现', '报告期限', '企业', '自然人', '已通知', '已确认'],
      incidents.map((one) => [
        one.incidentId,
        one.kind,
        one.state,
        one.noticedAt.toISOString(),
        `${one.regulatorsDueOn ?? ''}${one.isReportLate ? ' 逾期' : ''}`,
        one.enterprises ?? '',
        one.persons ?? '',
        one.told,
        one.acknowledged,
      ]),
    ),
  );
}

function describe({ incidentId, kind, state, enterprises, persons, told, steps }: IncidentView): string {
  return [
    `${incidentId}　${kind}　${state}　企业 ${enterprises ?? '未查明'}　自然人 ${persons ?? '未查明'}　已通知 ${told}`,
    table(
      ['步', '办理', '时间', '内容'],
      steps.map(({ stepNo, act, at, words }) => [
        stepNo,
        act,
        at.toISOString(),
        Object.values(words).join('；'),
      ]),
    ),
  ].join('\n');
}
