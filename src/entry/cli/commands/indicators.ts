import { join } from 'node:path';
import type { Command } from 'commander';
import {
  compileIndicators,
  computeOne,
  type Indicator,
  type IndicatorBook,
  indicatorsRefusal,
  loadIndicators,
  type Status,
} from '#evaluation';
import { beijingDate, type Config, endOfBeijingDate, inTransaction } from '#kernel';
import { type Catalogue, findEnterprise, readKnownAt } from '#lists';
import { decide } from '#security';
import type { Node } from '../../node.ts';
import { table } from '../output.ts';
import { type CommandContext, withNode } from '../with-node.ts';

type Json = { json?: boolean };

/** 指标: what there is, how each is defined, and the value of one for one enterprise. */
export function addIndicators(program: Command): void {
  const indicators = program.command('indicators').description('指标 · indicators of credit evaluation');
  indicators
    .command('list', { isDefault: true })
    .description('全部指标 · every indicator, by dimension')
    .option('--json', 'one JSON line')
    .action(list);
  indicators
    .command('show')
    .description('一个指标的定义 · the definition of one')
    .argument('<id>')
    .option('--json', 'one JSON line')
    .action(show);
  indicators
    .command('value')
    .description('一个企业的指标值 · its value for one enterprise, from public records')
    .argument('<id>')
    .requiredOption('--enterprise <code>', '统一社会信用代码 · any code the register knows')
    .option('--as-of <date>', '截至当日所知 · as known at the end of that day, YYYY-MM-DD')
    .option('--evidence', '列出依据的记录 · name the records behind it')
    .option('--json', 'one JSON line')
    .action(value);
}

/** The package's definitions, and over them the city's. */
function openIndicators(
  { packageFolder, definitionsFolder }: Pick<Config, 'packageFolder' | 'definitionsFolder'>,
  catalogue: Catalogue,
): IndicatorBook {
  const city = definitionsFolder === undefined ? [] : [definitionsFolder];
  return loadIndicators([join(packageFolder, 'models'), ...city], catalogue);
}

function bookOf(node: Node): IndicatorBook {
  return openIndicators(node.config, node.lists.catalogue);
}

async function list(options: Json): Promise<void> {
  await withNode(options, ({ node, output }) => {
    const all = [...bookOf(node).indicators.values()].map(summarise);
    output.answer({ indicators: all }, () =>
      table(
        ['编号', '名称', '维度', '数据', '合同'],
        all
          .toSorted((a, b) => a.dimension.localeCompare(b.dimension, 'zh'))
          .map(({ id, name, dimension, coverage, contract }) => [
            id,
            name.zh,
            dimension,
            COVERAGE_ZH[coverage],
            contract,
          ]),
      ),
    );
    return Promise.resolve();
  });
}

const COVERAGE_ZH = { replicated: '归集', followed: '逐户跟踪', combined: '由指标合成' } as const;

function summarise(indicator: Indicator): {
  id: string;
  version: string;
  name: { zh: string; en: string };
  dimension: string;
  coverage: keyof typeof COVERAGE_ZH;
  contract: string | null;
  hash: string;
} {
  const { id, version, name, dimension } = indicator.definition;
  const isBase = indicator.kind === 'base';
  const coverage = isBase ? indicator.definition.coverage : 'combined';
  const contract = isBase ? indicator.contract.id : null;
  return { id, version, name, dimension, coverage, contract, hash: indicator.hash };
}

async function show(id: string, options: Json): Promise<void> {
  await withNode(options, ({ node, output }) => {
    const indicator = bookOf(node).indicators.get(id);
    if (indicator === undefined) throw indicatorsRefusal('indicators.unknown', { indicator: id });
    const { definition, hash } = indicator;
    output.answer({ ...definition, hash }, () =>
      Object.entries({ ...definition, hash })
        .map(([name, part]) => `${name}: ${typeof part === 'string' ? part : JSON.stringify(part)}`)
        .join('\n'),
    );
    return Promise.resolve();
  });
}

type ValueOptions = Json & { enterprise: string; asOf?: string; evidence?: boolean };

async function value(id: string, options: ValueOptions): Promise<void> {
  await withNode(options, async (context) => {
    const found = await computeFor(context, id, options);
    context.output.answer(found, () => {
      const lines = [`${found.name.zh}（${found.indicator}）截至 ${found.asOf}：${say(found)}`];
      if (found.records !== undefined)
        lines.push(`依据 ${found.totalRecords} 条记录`, ...found.records.map((record) => `  ${record}`));
      return lines.join('\n');
    });
  });
}

const STATUS_ZH: Readonly<Record<Status, string>> = {
  ok: '',
  empty: '（没有相关记录）',
  not_covered: '（该项数据未覆盖此企业）',
  stale: '（数据已陈旧）',
};

function say({ value: number, status }: { value: number | null; status: Status }): string {
  return `${number ?? '—'}${STATUS_ZH[status]}`;
}

async function computeFor(
  { node, caller }: CommandContext,
  id: string,
  { enterprise, asOf, evidence = false }: ValueOptions,
): Promise<Valued> {
  const compiled = compileIndicators(bookOf(node), [id]);
  const contracts = compiled.sources.map(({ contract }) => contract);
  return await inTransaction(node.database, async (tx) => {
    const { enterpriseId: subject } = await findEnterprise(tx, enterprise);
    const latest = await readKnownAt(
      tx,
      contracts.map((contract) => contract.id),
    );
    const knownAt = instantOf(latest, asOf);
    const request = { caller, purpose: 'evaluation', subject, contracts, asOf: { knownAt } } as const;
    const permit = decide(tx, node.policies, request);
    const {
      values,
      evidence: behind,
      ...own
    } = await computeOne(tx, permit, compiled, { explain: evidence });
    const indicator = bookOf(node).indicators.get(id);
    const [found, records] = [values[0], behind?.[0]];
    if (indicator === undefined || found === undefined) throw new TypeError('one indicator has one value');
    const { name } = indicator.definition;
    const base = { indicator: id, name, hash: indicator.hash, asOf: own.asOf, knownAt, ...found };
    return records === undefined ? base : { ...base, records: records.records, totalRecords: records.total };
  });
}

type Valued = {
  readonly indicator: string;
  readonly name: { readonly zh: string };
  readonly hash: string;
  readonly asOf: string;
  readonly knownAt: Date;
  readonly value: number | null;
  readonly status: Status;
  readonly records?: readonly string[];
  readonly totalRecords?: number;
};

/** The end of the day asked for; refuses one that has not come yet, or is none. */
function instantOf(latest: Date, asOf: string | undefined): Date {
  if (asOf === undefined) return latest;
  const end = endOfBeijingDate(asOf);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(asOf) && !Number.isNaN(end.getTime());
  if (!isDay || asOf > beijingDate(latest))
    throw indicatorsRefusal('indicators.day_in_future', { asOf, knownAt: beijingDate(latest) });
  return end < latest ? end : latest;
}
