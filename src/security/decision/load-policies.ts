import assert from 'node:assert';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type DetailedError,
  policySetTextToParts,
  policyToJson,
  preparsePolicySet,
  preparseSchema,
  validate,
} from '@cedar-policy/cedar-wasm/nodejs';
import { canonicalJson, type RefusalText } from '#kernel';
import { securityRefusal } from '../security-refusals.ts';
import { openPolicySet, type PolicySet } from './policy-set.ts';

const SCHEMA_FILE = 'schema.cedarschema';
const NOTES = ['clause', 'zh', 'en', 'remedy_zh', 'remedy_en'] as const;

type PolicyFile = { readonly path: string; readonly text: string };
type Policy = {
  readonly id: string;
  readonly file: string;
  readonly text: string;
  readonly ground?: RefusalText;
};

/**
 * Loads the access policy: the package's folder first, then a city's, whose files add to the package's and replace
 * those of the same name. Folders that do not exist are skipped, but the first must. Every policy is checked
 * against the schema; throws `policies.invalid`, so that a node never starts on a doubtful policy.
 */
export function loadPolicies(folders: readonly string[]): PolicySet {
  const [own, ...cities] = folders;
  if (own === undefined) throw new TypeError('the package has a folder of policies');
  const schema = readPolicyFile(join(own, SCHEMA_FILE));
  const files = overlay([own, ...cities.filter((folder) => existsSync(folder))]);
  return compilePolicies(schema, files);
}

/** The policies of an earlier day from their kept texts, so that a decision can be made again as it was made then. */
export function reopenPolicies(kept: readonly { name: string; text: string }[]): PolicySet {
  const files = kept.map(({ name, text }) => ({ path: name, text }));
  const schema = files.find(({ path }) => path === SCHEMA_FILE);
  assert(schema !== undefined, 'kept policies include their schema');
  return compilePolicies(
    schema,
    files.filter((file) => file !== schema),
  );
}

function compilePolicies(schema: PolicyFile, files: readonly PolicyFile[]): PolicySet {
  const policies = files.flatMap(readPolicies);
  requireUniqueIds(policies);
  requireValid(schema, policies);
  const all = [schema, ...files];
  const hash = hashFiles(all);
  const staticPolicies = Object.fromEntries(policies.map(({ id, text }) => [id, text]));
  requireSuccess(schema.path, preparseSchema(hash, schema.text));
  requireSuccess(schema.path, preparsePolicySet(hash, { staticPolicies }));
  const grounds = policies.flatMap(({ id, ground }) => (ground === undefined ? [] : [[id, ground] as const]));
  const texts = all.map(({ path, text }) => Object.freeze({ name: basename(path), text }));
  return openPolicySet({ hash, files: Object.freeze(texts), grounds: new Map(grounds) });
}

/** Later folders replace by file name; the order of grounds is that of the names. */
function overlay(folders: readonly string[]): PolicyFile[] {
  const byName = new Map<string, string>();
  for (const [level, folder] of folders.entries()) {
    for (const name of readdirSync(folder)) {
      if (name.endsWith('.cedar')) byName.set(name, join(folder, name));
      if (level > 0 && name === SCHEMA_FILE)
        throw invalid(join(folder, name), 'the schema belongs to the package');
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => readPolicyFile(path));
}

function readPolicyFile(path: string): PolicyFile {
  if (!existsSync(path)) throw invalid(path, 'the file is missing');
  return { path, text: readFileSync(path, 'utf8') };
}

function readPolicies({ path, text }: PolicyFile): Policy[] {
  const parts = policySetTextToParts(text);
  if (parts.type === 'failure') throw invalid(path, sentences(parts.errors));
  if (parts.policy_templates.length > 0) throw invalid(path, 'templates are not used');
  return inFileOrder(text, parts.policies).map((policy) => readPolicy(path, policy));
}

/** Cedar gives the parts in the order of names it made up; which ground is named first depends on the file's own order. */
function inFileOrder(text: string, policies: readonly string[]): string[] {
  const places = new Map(policies.map((policy) => [policy, text.indexOf(policy)]));
  for (const place of places.values()) assert(place >= 0, 'Cedar gives policies back as they were written');
  return policies.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

/** A permit needs a name; a forbid also its clause and what it says to people, since it is shown to whom it refuses. */
function readPolicy(file: string, text: string): Policy {
  const parsed = policyToJson(text);
  if (parsed.type === 'failure') throw invalid(file, sentences(parsed.errors));
  const { effect, annotations = {} } = parsed.json;
  const { id } = annotations;
  if (id === undefined || !/^[a-z][a-z0-9_]{2,59}$/.test(id))
    throw invalid(file, `@id is missing or malformed: ${text}`);
  if (effect === 'permit') return { id, file, text };
  const missing = NOTES.filter((note) => !annotations[note]);
  if (missing.length > 0) throw invalid(file, `${id} lacks @${missing.join(', @')}`);
  const [clause = '', zh = '', en = '', remedyZh = '', remedyEn = ''] = NOTES.map(
    (note) => annotations[note],
  );
  return { id, file, text, ground: Object.freeze({ status: 403, clause, zh, en, remedyZh, remedyEn }) };
}

function requireUniqueIds(policies: readonly Policy[]): void {
  const seen = new Map<string, string>();
  for (const { id, file } of policies) {
    const other = seen.get(id);
    if (other !== undefined) throw invalid(file, `@id ${id} stands in ${basename(other)} too`);
    seen.set(id, file);
  }
}

/**
 * Strict validation; a warning (a policy that can never apply) is an error here, since it hides a mistake. All at once: the schema
 * takes longer to read than a policy to check.
 */
function requireValid(schema: PolicyFile, policies: readonly Policy[]): void {
  const answer = validate({
    schema: schema.text,
    policies: { staticPolicies: Object.fromEntries(policies.map(({ id, text }) => [id, text])) },
    validationSettings: { mode: 'strict' },
  });
  requireSuccess(schema.path, answer);
  const faults = [...answer.validationErrors, ...answer.validationWarnings];
  const faulty = policies.find(({ id }) => faults.some(({ policyId }) => policyId === id));
  if (faulty === undefined) {
    assert.equal(faults.length, 0, 'a fault is of a policy');
    return;
  }
  const own = faults.filter(({ policyId }) => policyId === faulty.id);
  throw invalid(faulty.file, sentences(own.map(({ error }) => error)));
}

function requireSuccess<Success extends { type: 'success' }>(
  file: string,
  answer: Success | { type: 'failure'; errors: DetailedError[] },
): asserts answer is Success {
  if (answer.type === 'failure') throw invalid(file, sentences(answer.errors));
}

/** Name and bytes of every file in force: the hash stands on every Permit and disclosure. */
function hashFiles(files: readonly PolicyFile[]): string {
  const listed = files.map(({ path, text }) => [
    basename(path),
    createHash('sha256').update(text).digest('hex'),
  ]);
  return createHash('sha256').update(canonicalJson(listed)).digest('hex');
}

function invalid(path: string, reason: string): Error {
  return securityRefusal('policies.invalid', { file: basename(path), reason });
}

function sentences(errors: readonly DetailedError[]): string {
  return errors.map(({ message, help }) => (help === null ? message : `${message} (${help})`)).join('; ');
}
