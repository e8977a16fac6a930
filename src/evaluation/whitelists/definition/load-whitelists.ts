import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { canonicalHash } from '#kernel';
import type { Grading } from '../../index-system/definition/index-system.ts';
import type { IndicatorBook } from '../../indicators/indicator.ts';
import { whitelistRefusal } from '../whitelist-refusals.ts';
import { indicatorsIn, type RuleSet, type RuleSetDefinition, type WhitelistBook } from './rule-set.ts';

/** What a rule set is checked against. */
export type KnownToRules = {
  readonly book: Pick<IndicatorBook, 'indicators'>;
  readonly gradings: ReadonlyMap<string, Grading>;
};

/**
 * Reads `<folder>/whitelists/*.yaml` of the package's models, then of the city, whose files replace those of the same id.
 * Throws `whitelists.definition_not_valid` with file and reason: no list runs on a doubtful rule.
 */
export function loadWhitelists(folders: readonly string[], known: KnownToRules): WhitelistBook {
  const [own] = folders;
  if (own === undefined) throw new TypeError('the package has a folder of models');
  const isDefinition = compileSchema(own);
  const book = new Map<string, RuleSet>();
  for (const folder of folders) {
    for (const name of filesOf(join(folder, 'whitelists'))) {
      const value: unknown = parse(readFileSync(join(folder, 'whitelists', name), 'utf8'));
      if (!isDefinition(value)) throw notValid(name, sayFirst(isDefinition));
      if (`${value.id}.yaml` !== name) throw notValid(name, 'file and id differ');
      book.set(value.id, openRuleSet(value, name, known));
    }
  }
  return book;
}

/** A definition whose form holds, checked against the indicators and grading rules there are. */
export function openRuleSet(definition: RuleSetDefinition, name: string, known: KnownToRules): RuleSet {
  const conditions = [...definition.rules, ...definition.exclusions].map(({ when }) => when);
  const all = [...conditions, definition.backTest.adverse].flatMap(indicatorsIn);
  const indicators = [...new Set(all)].sort();
  for (const id of indicators) requireIndicator(id, name, known);
  const ids = [...definition.rules, ...definition.exclusions].map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw notValid(name, 'an id of a rule stands twice');
  const grades = gradesOf(definition, name, known);
  return Object.freeze({ definition, hash: canonicalHash(definition), indicators, grades });
}

/** Only indicators over replicated data that are meant for it: a list never rests on one enterprise's consent. */
function requireIndicator(id: string, name: string, { book }: KnownToRules): void {
  const indicator = book.indicators.get(id);
  if (indicator === undefined) throw notValid(name, `there is no indicator ${id}`);
  if (!indicator.definition.uses.includes('whitelist'))
    throw notValid(name, `indicator ${id} is not for whitelists`);
  if (indicator.kind === 'base' && indicator.definition.coverage !== 'replicated')
    throw notValid(name, `indicator ${id} rests on followed data`);
}

function gradesOf(
  { gradeAtLeast }: RuleSetDefinition,
  name: string,
  { gradings }: KnownToRules,
): ReadonlySet<string> | undefined {
  if (gradeAtLeast === undefined) return undefined;
  const grades = gradings.get(gradeAtLeast.grading)?.grades.map(({ grade }) => grade);
  const place = grades?.indexOf(gradeAtLeast.grade) ?? -1;
  if (grades === undefined || place < 0) throw notValid(name, `there is no grade ${gradeAtLeast.grade}`);
  return new Set(grades.slice(0, place + 1));
}

function compileSchema(folder: string): ValidateFunction<RuleSetDefinition> {
  const text = readFileSync(join(folder, 'whitelists', 'whitelist.schema.json'), 'utf8');
  return new Ajv({ allErrors: false, allowUnionTypes: true }).compile<RuleSetDefinition>(
    JSON.parse(text) as object,
  );
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
}

function sayFirst({ errors }: Pick<ValidateFunction, 'errors'>): string {
  const [first] = errors ?? [];
  return `${first?.instancePath ?? '/'} ${first?.message ?? ''}`;
}

function notValid(file: string, reason: string): Error {
  return whitelistRefusal('whitelists.definition_not_valid', { file, reason });
}
