import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { inTransaction } from '#kernel';
import { CALLS, hiddenCalls } from '../support/leak-calls.ts';
import type { Canary } from '../support/leak-canaries.ts';
import { type LeakCity, openLeakCity, OWN, QUARANTINED_CONTRACT } from '../support/leak-city.ts';
import { findCanaries } from '../support/leak-detector.ts';
import { fetchAs, tokensOf } from '../support/leak-machines.ts';
import { mayReachPerson, OWN_DATA_ROUTE, PERSONS } from '../support/leak-persons.ts';
import { type Call, type LeakState, prepareState, REPRESENTATIVE, send } from '../support/leak-state.ts';
import { readsWritten, WRITTEN } from '../support/leak-written.ts';
import { endingOf } from './http-node.ts';

/** One answer as it left: to whom, by which route, and every byte of it, headers included. */
type Sent = {
  readonly to: string;
  readonly route: string;
  readonly status: number;
  readonly head: string;
  readonly bytes: Buffer;
};

const SEEDS = [1];
const LEAKS_SHOWN_MAX = 20;
/**
 * A code of an authenticator that nobody has, a contradiction that nobody reported, a whitelist that nobody published:
 * refused here.
 */
const NEVER_ANSWERED = new Set([
  'POST /api/v1/second-factor/confirm',
  'POST /api/v1/outcomes/conflicts/{id}/accept',
  'GET /api/v1/whitelists/{id}/snapshot',
  'GET /api/v1/whitelists/{id}/changes',
  'PUT /api/v1/enterprises/{code}/whitelists/{id}',
  'POST /api/v1/rights/repair-shields/{shield}/end',
]);
const PEOPLE = [
  null,
  'reader',
  'data_admin',
  'system_admin',
  'system_admin2',
  'security_admin',
  'audit_admin',
  'admission_officer',
  'admission_officer2',
  'window-clerk',
  'window-clerk2',
  'deliverer',
  'other-deliverer',
  'portal',
  'institution-all',
  'other-inquirer',
  'clerk',
  'compliance',
  'platform-all',
  'supervisor',
  'enterprise-b',
  REPRESENTATIVE,
  ...PERSONS,
] as const;
const MACHINES = ['bank', 'other', 'platform'] as const;

for (const seed of SEEDS) {
  describe(`nothing leaks, generated data ${seed}`, () => {
    const ending = endingOf(after);
    let city: LeakCity;
    let state: LeakState;
    let routes: string[] = [];
    const sent: Sent[] = [];

    before(async () => {
      city = await openLeakCity(ending, seed);
      routes = routesOf(city);
      state = await prepareState(city);
      for (const route of Object.keys(CALLS)) await driveRoute(state, route, sent);
      for (const call of hiddenCalls(state))
        await driveCall(state, { route: `hidden ${call.url}`, call, sent });
      await driveMachines(state, sent);
      city.department.fail(true);
      await driveRoute(state, 'POST /api/v1/queries', sent);
    });

    it('every route of the interface document is known to this test, and it knows no other', () => {
      assert.deepEqual(Object.keys(CALLS).sort(), routes.sort());
    });

    it('every route was answered well to someone: what is only ever refused has shown nothing', () => {
      const answered = new Set(sent.filter(({ status }) => status < 300).map(({ route }) => route));
      assert.deepEqual(
        routes.filter((route) => !answered.has(route) && !NEVER_ANSWERED.has(route)),
        [],
      );
    });

    it('most fields that are not public carry a canary, and those that cannot are counted', (t) => {
      const fields = [...city.node.lists.catalogue.contracts.values()].flatMap((contract) =>
        contract.fields.filter(({ disclosure }) => disclosure === 'invisible' || disclosure === 'secret'),
      );
      const marked = new Set([...allCanaries(city)].filter(isHidden).map(placeOf));
      t.diagnostic(
        `${marked.size} of ${fields.length} invisible and secret fields; flags, codes, dates and shares look like others`,
      );
      assert.ok(marked.size >= fields.length * 0.6);
    });

    it('the detector finds a canary in what the enterprise is told itself, in every form of the report and in the export', () => {
      for (const format of ['json', 'html', 'pdf', 'zip']) {
        const own = sent.filter(
          ({ to, bytes }) => to === REPRESENTATIVE && formOf(bytes) === format && bytes.length > 10_000,
        );
        const found = own.flatMap(({ bytes }) => [...findCanaries(city.aviary, bytes)]);
        const hidden = new Set(found.filter(isHidden).map(placeOf));
        assert.ok(hidden.size > 50, `${format}: ${hidden.size}`);
      }
    });

    it('nothing invisible, secret or not consented to reaches anyone but the enterprise it is about', () => {
      const leaks = new Set<string>();
      for (const one of sent) {
        for (const canary of canariesOf(city, one)) {
          if (!mayReach(one, canary) && !mayReachPerson(state.persons, one, canary))
            leaks.add(`${one.to} · ${one.route} · ${placeOf(canary)} of ${canary.owner}`);
        }
      }
      assert.deepEqual([...leaks].sort().slice(0, LEAKS_SHOWN_MAX), [], `${leaks.size} leaks`);
    });

    it('an institution under consent does see authorised canaries, so that the rule above is not empty', () => {
      for (const to of ['institution-all', 'platform-all', 'machine:bank', 'machine:platform']) {
        const answers = sent.filter((one) => one.to === to && one.route === 'POST /api/v1/queries');
        const found = answers.flatMap(({ bytes }) => [...findCanaries(city.aviary, bytes)]);
        assert.ok(new Set(found.map(placeOf)).size > 100, to);
      }
    });

    it('a natural person does see what is about them, and an institution only whoever consented', () => {
      for (const [to, own] of state.persons.own) {
        const answers = sent.filter((one) => one.to === to && one.route === OWN_DATA_ROUTE);
        const found = new Set(answers.flatMap(({ bytes }) => [...findCanaries(city.aviary, bytes)]));
        assert.deepEqual([...own].filter((canary) => !found.has(canary)).map(placeOf), [], to);
      }
      const told = sent.filter(({ to, route }) => to === 'institution-all' && QUERYING.has(route));
      const found = new Set(told.flatMap(({ bytes }) => [...findCanaries(city.aviary, bytes)]));
      const seen = [...state.persons.own].filter(([, own]) => [...own].some((canary) => found.has(canary)));
      assert.deepEqual(
        seen.map(([login]) => login),
        ['person'],
      );
      const accesses = sent.filter(({ route }) => route === 'GET /api/v1/persons/me/accesses');
      assert.ok(accesses.some(({ to, bytes }) => to === 'person' && bytes.includes('"id":"bank"')));
    });

    it('words that people wrote reach each of those who may read them, so that the rule above is not empty', () => {
      for (const { word, owner, readers } of Object.values(WRITTEN)) {
        for (const reader of owner === OWN.owner ? [...readers, REPRESENTATIVE] : readers)
          assert.ok(
            sent.some(({ to, bytes }) => to === reader && bytes.includes(word)),
            `${reader} ${word}`,
          );
      }
    });

    it('no record of an answer to an institution names a field that is invisible or secret', () => {
      const { contracts } = city.node.lists.catalogue;
      for (const { route, status, bytes } of sent) {
        if (route !== 'POST /api/v1/queries' || status !== 200) continue;
        for (const dataset of (JSON.parse(bytes.toString('utf8')) as Answer).datasets) {
          const names = new Set(dataset.records.flatMap(({ values }) => Object.keys(values)));
          for (const { name, disclosure } of contracts.get(dataset.contract)?.fields ?? []) {
            const isClosed = disclosure === 'invisible' || disclosure === 'secret';
            assert.ok(!isClosed || !names.has(name), `${dataset.contract}.${name}`);
          }
        }
      }
    });

    it('no message that was pushed to a server of an institution or platform holds a canary', async () => {
      const pushed = city.targets.flatMap(({ received }) => received);
      const bytes = Buffer.from(JSON.stringify(pushed));
      assert.deepEqual([...findCanaries(city.aviary, bytes)].map(placeOf), []);
    });

    it('no log line and no table but the datasets themselves holds a canary', async () => {
      const lines = Buffer.from(JSON.stringify(city.lines));
      assert.ok(city.lines.length > 100);
      assert.deepEqual([...findCanaries(city.aviary, lines)], []);
      await city.drain();
      const tables = await textOfTables(city);
      assert.ok(tables.size > 30);
      for (const [name, text] of tables) {
        const found = [...findCanaries(city.aviary, Buffer.from(text))].map(placeOf);
        assert.deepEqual(found, [], name);
      }
    });
  });
}

/** `GET /path/{parameter}` as the document writes it. */
function routesOf({ app }: LeakCity): string[] {
  const { paths = {} } = app.swagger() as { paths?: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

async function driveRoute(state: LeakState, route: string, sent: Sent[]): Promise<void> {
  for (const call of CALLS[route]?.(state) ?? []) await driveCall(state, { route, call, sent });
}

async function driveCall(
  { city }: LeakState,
  { route, call, sent }: { route: string; call: Call; sent: Sent[] },
): Promise<void> {
  for (const login of PEOPLE) {
    const answer = await send(city, login, call);
    const { statusCode: status, rawPayload: bytes } = answer;
    sent.push({ to: login ?? 'nobody', route, status, head: JSON.stringify(answer.headers), bytes });
  }
}

/** Programs, as banks run them: with a token of their own, and with that of each consent that they may name. */
async function driveMachines(state: LeakState, sent: Sent[]): Promise<void> {
  const { city, consents, throughPlatform, forBatch, forModels } = state;
  const named = [...consents, ...throughPlatform, forBatch, ...forModels];
  for (const machine of MACHINES) {
    const { bank, tokens } = await tokensOf(city, machine, named);
    for (const [route, calls] of Object.entries(CALLS)) {
      for (const call of calls(state)) {
        const own = tokens.get(consentOf(call)) ?? tokens.get('') ?? '';
        for (const token of new Set([own, tokens.get('') ?? ''])) {
          const answer = await fetchAs(city, { call, token, bank });
          sent.push({ to: `machine:${machine}`, route, ...answer });
        }
      }
    }
  }
}

function consentOf({ payload, consentId = '' }: Call): string {
  return typeof payload === 'object' && 'consentId' in payload ? String(payload.consentId) : consentId;
}

const QUERYING = new Set([
  'POST /api/v1/queries',
  'POST /api/v1/query-batches',
  'GET /api/v1/query-files/{id}',
]);
/** The clerk hands the person at the window everything about the enterprise, on paper. */
const PRINT_ROUTE = 'POST /api/v1/window/entries/{id}/print';
/** People and programs of the institution that has the consent, and of the platform that it names. */
const CONSENTED = new Set([
  'institution-all',
  'clerk',
  'compliance',
  'platform-all',
  'machine:bank',
  'machine:platform',
]);

/**
 * Who may be told. The enterprise: everything of its own but a third person's identifier whole. Institutions: what is
 * authorised, in the answer to a query under the consent. The department that delivered a row it must correct, and the
 * node's data administrator: that row as it came, third persons masked (policy: `deliver`). Words that people write: whom
 * their kind names.
 */
function mayReach({ to, route, status }: Sent, { owner, disclosure, contract }: Canary): boolean {
  if (disclosure === 'whole') return false;
  if (to === REPRESENTATIVE) return owner === OWN.owner;
  if (to === 'enterprise-b') return owner === 'enterprise-b';
  if (route === PRINT_ROUTE) return to === 'window-clerk' && status === 200 && owner === OWN.owner;
  if (disclosure === 'written') return status === 200 && readsWritten(to, contract);
  if (route === 'GET /api/v1/deliveries/{id}/quarantine.csv')
    return (
      owner === 'quarantine' && contract === QUARANTINED_CONTRACT && ['deliverer', 'data_admin'].includes(to)
    );
  return (
    CONSENTED.has(to) &&
    QUERYING.has(route) &&
    status === 200 &&
    owner === OWN.owner &&
    disclosure === 'authorised'
  );
}

function isHidden({ disclosure }: Canary): boolean {
  return disclosure === 'invisible' || disclosure === 'secret';
}

function placeOf({ contract, field, disclosure }: Canary): string {
  return `${contract}.${field} (${disclosure})`;
}

function* allCanaries({ aviary }: LeakCity): Generator<Canary> {
  yield* aviary.words.values();
  yield* aviary.numbers.values();
}

function formOf(bytes: Buffer): string {
  if (bytes.subarray(0, 5).toString('latin1') === '%PDF-') return 'pdf';
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') return 'zip';
  return bytes.includes('<html') ? 'html' : 'json';
}

/** In the body and in the headers. */
function canariesOf({ aviary }: LeakCity, { head, bytes }: Sent): Set<Canary> {
  return new Set([...findCanaries(aviary, bytes), ...findCanaries(aviary, Buffer.from(head))]);
}

type Answer = { datasets: { contract: string; records: { values: Record<string, unknown> }[] }[] };

/** Every table that is not of the lists: the log and what it waits in, jobs, accounts, consents, outcomes. */
async function textOfTables({ node }: LeakCity): Promise<Map<string, string>> {
  return await inTransaction(node.database, async (tx) => {
    const tables = await tx.rows<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('lists', 'pg_catalog', 'information_schema')`,
    );
    const texts = new Map<string, string>();
    for (const { name } of tables) {
      const [row] = await tx.rows<{ text: string | null }>(
        `select string_agg(t::text, E'\\n') as text from ${name} t`,
      );
      texts.set(name, row?.text ?? '');
    }
    return texts;
  });
}
