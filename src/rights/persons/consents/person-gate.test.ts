import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileIndicators, fieldsRead, loadIndicators } from '#evaluation';
import { systemClock } from '#kernel';
import { loadCatalogue } from '#lists';
import { loadRules } from '#monitoring';
import { loadPersons } from '../definition/load-persons.ts';
import { openPersonGate } from './person-gate.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const MODELS = [join(ROOT, 'models')];
const catalogue = loadCatalogue([join(ROOT, 'lists')]);
const gate = openPersonGate({ clock: systemClock, persons: loadPersons(MODELS) });
const book = loadIndicators(MODELS, catalogue);

test('no indicator reads what needs a separate consent of a person, so that no score rests on one', () => {
  const { sources } = compileIndicators(book, [...book.indicators.keys()]);
  const read = sources.flatMap(({ contract, fields }) =>
    fields.map((field) => [contract.id, field] as const),
  );
  assert.ok(read.length > 100, 'the indicators of the package were looked at');
  assert.deepEqual(
    read.filter(([contract, field]) => gate.guards(contract, field)),
    [],
  );
  assert.equal(gate.guards('v01_contact', 'contact_mobile'), true);
});

test('no alert rule looks for it either', () => {
  const { rules } = loadRules(MODELS, book, catalogue);
  const read = [...rules.values()].flatMap((rule) =>
    rule.kind === 'event'
      ? [...(rule.filter === undefined ? [] : fieldsRead(rule.filter)), ...(rule.identity ?? [])].map(
          (field) => [rule.contract.id, field] as const,
        )
      : [],
  );
  assert.ok(read.length > 10, 'the rules of the package were looked at');
  assert.deepEqual(
    read.filter(([contract, field]) => gate.guards(contract, field)),
    [],
  );
});
