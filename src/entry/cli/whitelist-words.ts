import type { BackTest, EntryState, ListResults, WhitelistRun, WhitelistsContext } from '#evaluation';
import { table } from './output.ts';

/** A rate with what it is of: 2.1% (3/142). */
function rate(part: number, whole: number): string {
  return whole === 0 ? '—' : `${((100 * part) / whole).toFixed(1)}% (${part}/${whole})`;
}

/** A back-test with what it knew of its days. */
export function describeTest({
  backTestId,
  horizonDays,
  dates,
  knowledge,
  isGradeLeftOut,
}: BackTest): string {
  const headings = ['日期', '入选', '其余', '留存', '入选新增失信', '其余新增失信', '入选不良', '其余不良'];
  const lines = table(
    headings,
    dates.map(({ asOf, members, rest, stayed }) => [
      asOf,
      members.enterprises,
      rest.enterprises,
      stayed === null ? '—' : `${(stayed * 100).toFixed(1)}%`,
      rate(members.adverse, members.clean),
      rate(rest.adverse, rest.clean),
      rate(members.bad, members.lent),
      rate(rest.bad, rest.lent),
    ]),
  );
  return [
    `回溯检验 ${backTestId}：每个日期之后观察 ${horizonDays} 天`,
    ...(knowledge === 'now' ? [HINDSIGHT_ZH] : []),
    ...(isGradeLeftOut ? [NO_GRADE_ZH] : []),
    lines,
    '失信：该日没有、期末有规则所列失信情形的户数/该日没有的户数；不良：期内放款户中不良户数/放款户数。',
  ].join('\n');
}

const HINDSIGHT_ZH = '按现有数据回看：含该日之后才收到或更正的记录，结果偏乐观。';
const NO_GRADE_ZH = '没有计入等级条件：当日尚无评价等级，入选户数多于实际。';

/** By the names of the rules as the file has them now. */
export function describeMissing(
  { listId, withoutData }: WhitelistRun,
  { whitelists }: WhitelistsContext,
): string {
  const { rules = [], exclusions = [] } = whitelists.get(listId)?.definition ?? {};
  const names = new Map([...rules, ...exclusions].map(({ id, name }) => [id, name.zh]));
  const lines = Object.entries(withoutData).map(([id, count]) => `  ${names.get(id) ?? id}：${count} 户`);
  return lines.length === 0 ? '' : ['\n因数据来源未覆盖而不能入选：', ...lines].join('\n');
}

/** What `show` says of one list. */
export type Shown = {
  readonly waiting: number;
  readonly named: readonly {
    readonly code: string | null;
    readonly name: string;
    readonly state: EntryState;
  }[];
  readonly results: readonly ListResults[];
  readonly backTests: readonly BackTest[];
};

/** Who waits is a candidate, or a member whose review is due. */
const WAITING_ZH: Partial<Readonly<Record<EntryState, string>>> = { candidate: '候选', valid: '到期复核' };

export function describeList(
  { waiting, named, results, backTests }: Shown,
  names: (institution: string) => string,
): string {
  const more = waiting > named.length ? `，列出前 ${named.length} 户` : '';
  const isPushed = results.length > 0;
  return [
    `待复核 ${waiting} 户${more}`,
    ...(named.length === 0 ? [] : [describeWaiting(named)]),
    isPushed ? '推送后的成效（户，来自机构反馈）' : '还没有推送给机构。',
    ...(isPushed ? [describeResults(results, names)] : []),
    ...(backTests.length === 0 ? ['还没有回溯检验。'] : backTests.map(describeTest)),
  ].join('\n\n');
}

function describeWaiting(named: Shown['named']): string {
  const lines = named.map(({ code, name, state }) => [code, name, WAITING_ZH[state] ?? state]);
  return table(['代码', '名称', '状态'], lines);
}

function describeResults(results: readonly ListResults[], names: (institution: string) => string): string {
  return table(
    ['机构', '推送', '触达', '授信', '放款', '不良', '放款金额（元）'],
    results.map(({ institution, told, reached, granted, lent, bad, lentFen }) => [
      names(institution),
      told,
      reached,
      granted,
      lent,
      bad,
      yuan(lentFen),
    ]),
  );
}

/** Exact, from fen. */
function yuan(fen: string): string {
  const digits = fen.padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
