import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Refusal } from '#kernel';
import { LEAF_KINDS } from '../log/leaf.ts';
import { ADMISSION_STATES, CONSENT_STATES, INSTITUTION_TYPES } from '../financing.ts';
import { CONSENT_PURPOSES, PURPOSES } from '../purposes.ts';
import { loadPolicies } from './load-policies.ts';
import { ACTS, knownRoles } from './policy-set.ts';

const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url));

/** A copy of the package's policies and an empty folder of a city. */
function copyPolicies(t: TestContext): { own: string; city: string } {
  const folder = mkdtempSync(join(tmpdir(), 'policies-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [own, city] = [join(folder, 'own'), join(folder, 'city')];
  cpSync(POLICIES, own, { recursive: true });
  mkdirSync(city);
  return { own, city };
}

function invalid(reason: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof Refusal && error.code === 'policies.invalid' && reason.test(String(error.params.reason));
}

const NOTES = '@clause("8") @zh("不给看。") @en("No.") @remedy_zh("没有办法。") @remedy_en("None.")';
const question = {
  kind: 'reader',
  roles: [],
  action: 'read',
  resource: { type: 'Field', disclosure: 'public', grade: 'general', list: 'national' },
  context: { purpose: 'public_report', ownRecord: false, ownContract: false, population: false },
} as const;

test('every ground says its clause and its sentences in two languages', () => {
  const { grounds } = loadPolicies([POLICIES]);
  assert(grounds.size >= 12);
  for (const [id, text] of grounds) {
    assert.match(text.clause, /^[0-9]{1,2}$/, id);
    for (const sentence of [text.zh, text.remedyZh]) assert.match(sentence, /\p{Script=Han}.*。$/u, id);
    for (const sentence of [text.en, text.remedyEn]) assert.match(sentence, /^[A-Z].*\.$/, id);
  }
});

test('grounds are named in the order in which they are written', () => {
  const files = readdirSync(POLICIES).filter((name) => name.endsWith('.cedar'));
  const texts = files.sort().map((name) => readFileSync(join(POLICIES, name), 'utf8'));
  const written = [...texts.join('').matchAll(/@id\("([a-z_]+)"\)\n(?:@\w+\(".*"\)\n)*forbid/g)];
  assert(written.length > 30);
  assert.deepEqual(
    [...loadPolicies([POLICIES]).grounds.keys()],
    written.map(([, id]) => id),
  );
});

test('the words of the code are those of the schema', () => {
  const schema = readFileSync(join(POLICIES, 'schema.cedarschema'), 'utf8');
  const listed = (entity: string): string[] => {
    const [, list = ''] = new RegExp(`entity ${entity} enum \\[([^\\]]+)\\]`).exec(schema) ?? [];
    return [...list.matchAll(/"([a-z_]+)"/g)].map(([, word = '']) => word);
  };
  assert.deepEqual(listed('Purpose'), [...new Set<string>([...PURPOSES, ...CONSENT_PURPOSES])]);
  assert.deepEqual(listed('AdmissionState'), [...ADMISSION_STATES]);
  assert.deepEqual(listed('ConsentState'), [...CONSENT_STATES]);
  assert.deepEqual(listed('InstitutionType'), [...INSTITUTION_TYPES]);
  assert.deepEqual(knownRoles(listed('Role')).length, listed('Role').length);
  const acts = [
    ...schema.matchAll(/action ([^{]+) appliesTo \{\s*principal: \[Caller\],\s*resource: \[Matter\]/g),
  ];
  assert.deepEqual(acts.flatMap(([, names = '']) => names.split(/,\s*/)).sort(), [...ACTS].sort());
  assert.equal(new Set(LEAF_KINDS).size, LEAF_KINDS.length);
});

test('a misspelt attribute, role, purpose or action fails at load', (t) => {
  const { own, city } = copyPolicies(t);
  const permit = (condition: string): string =>
    `@id("extra") permit (principal, action == Action::"read", resource) when { ${condition} };`;
  const misspelt: [string, RegExp][] = [
    [permit('resource.disclosre == Disclosure::"public"'), /disclosre/],
    [permit('resource.disclosure == Disclosure::"publick"'), /publick/],
    [permit('principal.roles.contains(Role::"data_admn")'), /data_admn/],
    [permit('context.purpose == Purpose::"selfish"'), /selfish/],
    [permit('context.samePerson'), /samePerson/],
    ['@id("extra") permit (principal, action == Action::"raed", resource);', /raed/],
    ['@id("extra") permit (principal, action, resource', /unexpected end of input|expected/],
  ];
  for (const [text, reason] of misspelt) {
    writeFileSync(join(city, 'extra.cedar'), text);
    assert.throws(() => loadPolicies([own, city]), invalid(reason), text);
  }
});

test('a forbid that does not say its clause, or a policy without a name of its own, fails at load', (t) => {
  const { own, city } = copyPolicies(t);
  const forbid = (notes: string): string =>
    `${notes} forbid (principal, action == Action::"read", resource);`;
  const wrong: [string, RegExp][] = [
    [forbid('@id("city_says_no")'), /city_says_no lacks @clause, @zh, @en, @remedy_zh, @remedy_en/],
    [forbid(NOTES), /@id is missing/],
    [forbid(`@id("two_persons") ${NOTES}`), /two_persons stands in/],
    ['@id("extra") permit (principal == ?principal, action, resource);', /templates/],
    [
      '@id("never") permit (principal, action == Action::"read", resource) when { false };',
      /impossible|never|false/i,
    ],
  ];
  for (const [text, reason] of wrong) {
    writeFileSync(join(city, 'extra.cedar'), text);
    assert.throws(() => loadPolicies([own, city]), invalid(reason), text);
  }
});

test('a city adds a ground or replaces a file of the same name, and the hash tells', (t) => {
  const { own, city } = copyPolicies(t);
  const shipped = loadPolicies([own]);
  assert.equal(loadPolicies([own, city]).hash, shipped.hash);
  assert.equal(loadPolicies([own, join(city, 'absent')]).hash, shipped.hash);
  assert(shipped.ask(question).isAllowed);
  const ground = `@id("city_says_no") ${NOTES} forbid (principal, action == Action::"read", resource) when { principal.kind == Kind::"reader" };`;
  writeFileSync(join(city, 'city.cedar'), ground);
  const stricter = loadPolicies([own, city]);
  assert.notEqual(stricter.hash, shipped.hash);
  assert.deepEqual(stricter.ask(question), { isAllowed: false, ground: 'city_says_no' });
  assert(shipped.ask(question).isAllowed, 'the sets stand beside each other');
  writeFileSync(join(city, 'permits.cedar'), '');
  const replaced = loadPolicies([own, city]);
  assert(!replaced.ask({ ...question, kind: 'provider' }).isAllowed);
  writeFileSync(join(city, 'schema.cedarschema'), '');
  assert.throws(() => loadPolicies([own, city]), invalid(/belongs to the package/));
});

test('the same question has the same remembered answer', () => {
  const policies = loadPolicies([POLICIES]);
  const first = policies.ask(question);
  assert.equal(policies.ask({ ...question, context: { ...question.context } }), first);
  assert.notEqual(policies.ask({ ...question, context: { ...question.context, population: true } }), first);
});
