import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { type BaseIndicator, fault, type Fault, type IndicatorBook } from '#evaluation';
import { canonicalHash } from '#kernel';
import type { Catalogue, Contract } from '#lists';
import { checkRule, eventFields, type Known } from './check-rule.ts';
import type {
  EventDefinition,
  Rule,
  RuleBook,
  RuleDefinition,
  SilenceDefinition,
  ThresholdDefinition,
} from './rule.ts';
import { indicatorsBehind, silenceIndicators } from './rule-parts.ts';
import { rulesRefusal } from './rules-refusals.ts';

/**
 * Reads `<folder>/alerts/*.yaml` of the package's models, then of the city, whose files replace those of the same id. Throws
 * `alert_rules.definition_not_valid` with file, place and reason: nobody is alerted by a doubtful rule.
 */
export function loadRules(folders: readonly string[], book: IndicatorBook, catalogue: Catalogue): RuleBook {
  const [own] = folders;
  if (own === undefined) throw new TypeError('the package has a folder of models');
  const isDefinition = compileSchema(own);
  const rules = new Map<string, Rule>();
  for (const folder of folders) {
    for (const name of filesOf(join(folder, 'alerts'))) {
      const value: unknown = parse(readFileSync(join(folder, 'alerts', name), 'utf8'));
      if (!isDefinition(value)) throw notValid(name, [sayFirst(isDefinition)]);
      if (`${value.id}.yaml` !== name)
        throw notValid(name, [fault('/id', '文件名与编号不符', 'file and id differ')]);
      rules.set(value.id, openRule(value, { book, catalogue }, name));
    }
  }
  return bookOf(rules);
}

/** The rules under their ids. */
export function bookOf(rules: ReadonlyMap<string, Rule>): RuleBook {
  const ordered = new Map([...rules].sort(([one], [other]) => (one < other ? -1 : 1)));
  return Object.freeze({
    rules: ordered,
    hash: canonicalHash([...ordered.values()].map(({ hash }) => hash)),
  });
}

/** A definition whose form holds, checked against contracts and indicators; `file` names it in a refusal. */
export function openRule(definition: RuleDefinition, known: Known, file = definition.id): Rule {
  const faults = checkRule(definition, known);
  if (faults.length > 0) throw notValid(file, faults);
  // Cases and what a back-test says show what a rule does and are no part of it.
  const { cases: _cases, backTest: _said, ...judged } = definition;
  const hash = canonicalHash(judged);
  switch (definition.kind) {
    case 'event':
      return Object.freeze({ ...definition, ...openEvent(definition, known), hash });
    case 'threshold':
      return Object.freeze({ ...definition, ...openThreshold(definition, known), hash });
    case 'silence':
      return Object.freeze({ ...definition, ...openSilence(definition, known), hash });
    case 'grade_drop':
    case 'whitelist_exit':
      return Object.freeze({ ...definition, hash, contracts: [], isInvisible: false });
  }
}

type Parts<Kind extends Rule['kind']> = Omit<
  Extract<Rule, { kind: Kind }>,
  keyof Extract<RuleDefinition, { kind: Kind }> | 'hash'
>;

function openEvent(rule: EventDefinition, { catalogue }: Known): Parts<'event'> {
  const contract = requireContract(catalogue, rule.source.contract);
  const isInvisible = eventFields(rule, contract).some((name) => isInvisibleField(contract, name));
  return { contract, contracts: [contract.id], isInvisible };
}

function openThreshold(rule: ThresholdDefinition, { book }: Known): Parts<'threshold'> {
  const base = rule.minimumBase?.indicator ?? null;
  const indicators = indicatorsBehind(book, [rule.indicator, ...(base === null ? [] : [base])]);
  return {
    value: rule.indicator,
    base,
    indicators,
    ...behind(indicators.filter((one) => one.kind === 'base')),
  };
}

function openSilence(rule: SilenceDefinition, { catalogue }: Known): Parts<'silence'> {
  const contract = requireContract(catalogue, rule.source.contract);
  const indicators = silenceIndicators(rule, contract).map(
    (definition): BaseIndicator => ({ kind: 'base', definition, contract, hash: canonicalHash(definition) }),
  );
  const [age, records] = indicators;
  if (age === undefined || records === undefined) throw new TypeError('silence looks at two values');
  return {
    contract,
    value: age.definition.id,
    base: records.definition.id,
    indicators,
    ...behind(indicators),
  };
}

function behind(indicators: readonly BaseIndicator[]): { contracts: string[]; isInvisible: boolean } {
  return {
    contracts: [...new Set(indicators.map(({ contract }) => contract.id))].sort(),
    isInvisible: indicators.some(({ definition }) => definition.release !== undefined),
  };
}

function isInvisibleField(contract: Contract, name: string): boolean {
  return contract.fields.some((field) => field.name === name && field.disclosure === 'invisible');
}

function requireContract({ contracts }: Catalogue, id: string): Contract {
  const contract = contracts.get(id);
  if (contract === undefined) throw new TypeError('a checked rule has its contract');
  return contract;
}

/** Filters are those of the indicators: their schema stands once. */
function compileSchema(folder: string): ValidateFunction<RuleDefinition> {
  const read = (...path: string[]): object =>
    JSON.parse(readFileSync(join(folder, ...path), 'utf8')) as object; // its form is what Ajv checks next
  const ajv = new Ajv({ allErrors: false, allowUnionTypes: true, discriminator: true });
  ajv.addSchema(read('indicators', 'indicator.schema.json'), 'indicator.schema.json');
  return ajv.compile<RuleDefinition>(read('alerts', 'alert.schema.json'));
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort();
}

function sayFirst({ errors }: Pick<ValidateFunction, 'errors'>): Fault {
  const [first] = errors ?? [];
  const message = first?.message ?? '';
  return fault(first?.instancePath ?? '/', message, message);
}

function notValid(file: string, faults: readonly Fault[]): Error {
  return rulesRefusal('alert_rules.definition_not_valid', {
    file,
    zh: faults.map(({ place, zh }) => `${place} ${zh}`).join('；'),
    en: faults.map(({ place, en }) => `${place} ${en}`).join('; '),
  });
}
