import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Catalogue } from '../../contract/load.ts';
import type { Contract, Field } from '../../contract/shape.ts';
import { qualityRefusal } from '../quality-refusals.ts';
import { requireShape } from '../require-shape.ts';
import { answeringContract, contractOf, CrossRule, fieldsRead, REGISTER_FIELDS } from './rule-form.ts';

/**
 * Reads every rule of a folder and checks it against the contracts in force. Refuses with
 * `quality.definition_not_valid`: a run never starts on a rule that reads a field there is not.
 */
export function loadCrossRules(folder: string, catalogue: Catalogue): CrossRule[] {
  const rules = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const rule = requireShape(CrossRule, parse(readFileSync(join(folder, name), 'utf8')), name);
      const reasons = [
        ...(name === `${rule.id}.yaml` ? [] : ['file and id differ']),
        ...findFaults(rule, catalogue),
      ];
      if (reasons.length > 0) {
        throw qualityRefusal('quality.definition_not_valid', { file: name, reasons: reasons.join('; ') });
      }
      return rule;
    });
  return rules;
}

/** What does not hold in a rule, given the contracts; none when it can be run. */
export function findFaults(rule: CrossRule, catalogue: Catalogue): string[] {
  const compared = (rule.compare ?? []).length;
  return [
    ...findFieldFaults(rule, 'judged', catalogue),
    ...findFieldFaults(rule, 'partner', catalogue),
    ...(answeringContract(rule) === null ? ['no dataset answers for its findings'] : []),
    ...(rule.expect === 'every' && compared + (rule.holds ?? []).length === 0
      ? ['every needs compare or holds']
      : []),
    ...(rule.expect === 'total' && compared !== 1 ? ['total needs exactly one comparison'] : []),
    ...(rule.dimension === 'coverage' && rule.expect !== 'some' ? ['coverage expects some'] : []),
  ];
}

function findFieldFaults(rule: CrossRule, side: 'judged' | 'partner', catalogue: Catalogue): string[] {
  const id = contractOf(rule[side]);
  const names = fieldsRead(rule, side);
  if (id === null) {
    return names
      .filter((name) => !REGISTER_FIELDS.some((known) => known === name))
      .map((name) => `register has no ${name}`);
  }
  const contract = catalogue.contracts.get(id);
  if (contract === undefined) return [`no contract ${id}`];
  if (!contract.sharingModes.includes('replicated')) return [`${id} is not replicated`];
  return names.flatMap((name) => findFieldFault(contract, name));
}

function findFieldFault(contract: Contract, name: string): string[] {
  const field: Field | undefined = contract.fields.find((candidate) => candidate.name === name);
  if (field === undefined) return [`${contract.id} has no field ${name}`];
  if (field.kind === 'money' && field.currency === 'any')
    return [`${contract.id}.${name} may be in any currency`];
  if (field.disclosure === 'secret') return [`${contract.id}.${name} is secret`];
  return [];
}
