import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { type Source, SourceDefinition } from './shape.ts';
import { sourceRefusal } from './source-refusals.ts';
import { statementReasons } from './statement.ts';

/**
 * Reads every `*.yaml` of these folders (the package's `models/sources`, then the city's `sources`): a later file with
 * the same id replaces the earlier. Refuses with `source.definition_not_valid` on the first that does not hold.
 */
export function loadSources(folders: readonly string[]): Source[] {
  const sources = new Map<string, Source>();
  for (const folder of folders.filter(existsSync)) {
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.yaml')) continue;
      const source = sourceFromYaml(readFileSync(join(folder, name), 'utf8'), name);
      sources.set(source.id, source);
    }
  }
  requireOneSourceEach([...sources.values()]);
  return [...sources.values()];
}

/** Shapes one definition; refuses with `source.definition_not_valid` and every reason (at most ten). */
function sourceFromYaml(text: string, file: string): Source {
  const source = parseYaml(text, file);
  const kind = kindOf(source);
  const reasons =
    kind === undefined ? ['/kind must be service, database or file'] : shapeReasons(source, kind);
  if (reasons.length === 0) reasons.push(...senseReasons(source as Source));
  if (reasons.length > 0) refuse(file, reasons);
  return deepFreeze(source as Source);
}

const KINDS = ['service', 'database', 'file'] as const;

function kindOf(source: unknown): (typeof KINDS)[number] | undefined {
  const kind: unknown =
    typeof source === 'object' && source !== null && 'kind' in source ? source.kind : undefined;
  return KINDS.find((known) => known === kind);
}

/** Errors of the one shape that is meant, not of all three. */
function shapeReasons(source: unknown, kind: (typeof KINDS)[number]): string[] {
  const schema = SourceDefinition.anyOf[KINDS.indexOf(kind)];
  if (schema === undefined) throw new TypeError(`no shape for ${kind}`);
  return [...Value.Errors(schema, source)].map(
    ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
  );
}

/** What a shape cannot say. */
function senseReasons(source: Source): string[] {
  const reasons: string[] = [];
  const contracts = source.interfaces.map(({ contract }) => contract);
  if (new Set(contracts).size < contracts.length) reasons.push('interfaces: one contract stands twice');
  if (source.kind === 'service' && source.oauth === undefined && source.mutualTls === undefined) {
    reasons.push('oauth or mutualTls is wanted: a source knows who asks');
  }
  if (source.kind === 'database') {
    for (const { contract, statement } of source.interfaces) {
      reasons.push(...statementReasons(statement).map((reason) => `${contract} ${reason}`));
    }
  }
  return reasons;
}

function requireOneSourceEach(sources: readonly Source[]): void {
  const holder = new Map<string, string>();
  for (const { id, interfaces } of sources) {
    for (const { contract } of interfaces) {
      const other = holder.get(contract);
      if (other !== undefined) refuse(id, [`${contract} is answered by ${other} already`]);
      holder.set(contract, id);
    }
  }
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return refuse(file, [reason]);
  }
}

const REASONS_MAX = 10;

function refuse(file: string, reasons: readonly string[]): never {
  throw sourceRefusal('source.definition_not_valid', {
    file,
    reasons: reasons.slice(0, REASONS_MAX).join('; '),
  });
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
