import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  approveModel,
  listModels,
  readModelCard,
  retireModel,
  runHostedModel,
  startShadow,
  uploadModel,
  validateModel,
} from '#evaluation';
import { inTransaction, type Tx } from '#kernel';
import { bitsOf, decide, listAccesses, listRefusedAttempts, quarterOf, readBookedBits } from '#security';
import { BANK, callerOf, CODE, OTHER_BANK, PLATFORM } from './consent-setting.ts';
import {
  approveByBoth,
  bringToShadow,
  firstLoanCard,
  type HostedSetting,
  MANIFEST,
  MODELLER,
  NODE_PERSON,
  openHostedSetting,
  OTHER_MODELLER,
  RISK_OFFICER,
  run,
  runOf,
} from './hosted-setting.ts';
import { codesOf, givenConsent, revokeGiven, TRUE_ASSETS_YUAN } from './verification-setting.ts';

const within = <Result>({ hosted }: HostedSetting, work: (tx: Tx) => Promise<Result>): Promise<Result> =>
  inTransaction(hosted.database, work);

/** What the database holds, as text, of every table but none of the engine's own. */
async function everythingKept({ hosted }: HostedSetting): Promise<string> {
  const { rows } = await hosted.database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const kept = await hosted.database.pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    texts.push(...kept.rows.map(({ row }) => row));
  }
  return texts.join('\n');
}

test('a model goes from draft to active in order, approved by two persons, and every step is a leaf', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted } = setting;
  const consent = await givenConsent(setting);
  const { model } = await within(setting, (tx) =>
    uploadModel(tx, hosted, { caller: MODELLER, manifest: MANIFEST, content: firstLoanCard() }),
  );
  const shadow = () => within(setting, (tx) => startShadow(tx, hosted, { caller: MODELLER, model }));
  const approve = (caller: typeof BANK, institution?: string) =>
    within(setting, (tx) =>
      approveModel(tx, hosted, { caller, model, ...(institution !== undefined && { institution }) }),
    );
  await assert.rejects(shadow(), { code: 'hosted.step_wrong' });
  await assert.rejects(run(setting, consent), { code: 'hosted.not_running' });
  await validateModel(hosted, { caller: MODELLER, model });
  await shadow();
  await assert.rejects(approve(RISK_OFFICER), {
    code: 'hosted.shadow_too_short',
    params: { enterprises: 0, wanted: 1 },
  });
  const inShadow = await run(setting, consent);
  assert.partialDeepStrictEqual(inShadow, {
    outcome: 'shadow',
    score: null,
    reasons: [],
    budget: { bits: 0 },
  });
  await assert.rejects(approve(MODELLER), { code: 'policy.models_two_persons' });
  assert.deepEqual(await approve(RISK_OFFICER), { state: 'shadow', approvals: ['institution'] });
  await assert.rejects(approve(RISK_OFFICER), { code: 'policy.models_two_persons' });
  assert.equal((await run(setting, consent)).outcome, 'shadow', 'one of two approvals changes nothing');
  assert.deepEqual(await approve(NODE_PERSON, 'bank'), {
    state: 'active',
    approvals: ['institution', 'node'],
  });
  assert.equal((await run(setting, consent)).outcome, 'scored');
  await within(setting, (tx) => retireModel(tx, hosted, { caller: RISK_OFFICER, model }));
  await assert.rejects(run(setting, consent), { code: 'hosted.not_running' });
  const { rows } = await hosted.database.pool.query<{ act: string }>(
    `select body::jsonb ->> 'act' as act from security.leaf_bodies join security.receipts using (receipt_id)
     where kind = 'definition_change' and body::jsonb ->> 'model' = $1 order by receipt_id`,
    [model],
  );
  assert.deepEqual(
    rows.map(({ act }) => act.replace('hosted_model_', '')),
    ['uploaded', 'validated', 'shadow', 'approved', 'approved', 'active', 'retired'],
  );
});

test('a risk officer who uploaded the model is not one of the two', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted } = setting;
  const both = callerOf({ ...MODELLER, roles: ['modeller', 'risk_officer'] });
  const model = await bringToShadow(setting, MANIFEST, { caller: both });
  await run(setting, await givenConsent(setting));
  const approve = within(setting, (tx) => approveModel(tx, hosted, { caller: both, model }));
  await assert.rejects(approve, { code: 'policy.models_two_persons' });
});

test('the score and its reasons are as counted by hand, rounded to the declared width', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const consent = await givenConsent(setting);
  const model = await bringToShadow(setting);
  await run(setting, consent);
  await approveByBoth(setting, model);
  const scored = await run(setting, consent); // 4 + 20 + 25.4 + 5
  assert.partialDeepStrictEqual(scored, {
    outcome: 'scored',
    score: 54,
    model: { name: 'first-loan', version: 1, hash: model },
    reasons: [{ code: 'R1', zh: '有行政处罚' }],
    enterprise: { code: CODE },
    institution: 'bank',
  });
  const poor = await run(setting, consent, { inputs: { turnover: null, branch: null } }); // 4 + 20
  assert.partialDeepStrictEqual(poor, { score: 24, reasons: [{ code: 'R3' }, { code: 'R1' }] });
});

test('a run draws on the budget of what is not public, is a disclosure, and counts once under its key', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted, lists, signatory, clock } = setting;
  const consent = await givenConsent(setting);
  await bringToShadow(setting).then(async (model) => {
    await run(setting, consent);
    await approveByBoth(setting, model);
  });
  const bits = bitsOf(101 * (1 + 4 + 12) + 1);
  const request = runOf(consent);
  const first = await runHostedModel(hosted, request);
  assert.deepEqual(await runHostedModel(hosted, request), { ...first, isRepeated: true });
  const enterpriseId = signatory.enterpriseId;
  assert(enterpriseId !== null);
  const booked = (contractId: string) =>
    within(setting, (tx) =>
      readBookedBits(tx, { enterpriseId, institution: 'bank', contractId, quarter: quarterOf(clock.now()) }),
    );
  assert.equal(await booked('v02_financials'), bits);
  assert.equal(await booked('n08_penalty'), 0, 'what is public costs nothing');
  const codes = await codesOf([1, 2, 3, 4].map(() => run(setting, consent)));
  assert.deepEqual(codes.toSorted(), ['budget.exhausted', 'ok', 'ok', 'ok'], `4 x ${bits} of 48`);
  await within(setting, async (tx) => {
    const asOf = { knownAt: clock.now() };
    const permit = decide(tx, lists.policies, {
      caller: signatory,
      purpose: 'self',
      subject: enterpriseId,
      contracts: [],
      asOf,
    });
    const accesses = await listAccesses(tx, permit);
    assert.equal(accesses.filter(({ kind }) => kind === 'score').length, 5, 'the shadow run too');
    assert.partialDeepStrictEqual(accesses[0], {
      institution: 'bank',
      consentId: consent,
      contracts: ['n08_penalty', 'v02_financials'],
    });
    const [attempt] = await listRefusedAttempts(tx, permit, { limit: 1 });
    assert.partialDeepStrictEqual(attempt, {
      code: 'budget.exhausted',
      operation: 'hosted_run',
      institution: 'bank',
    });
  });
});

test('neither what the institution sends nor the model itself stands anywhere in clear', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const consent = await givenConsent(setting);
  const model = await bringToShadow(setting);
  await run(setting, consent, { inputs: { turnover: 918_273.645, branch: 'canary-7351' } });
  await approveByBoth(setting, model);
  const { reasons } = await run(setting, consent, {
    inputs: { turnover: 918_273.645, branch: 'canary-7351' },
  });
  const kept = await everythingKept(setting);
  for (const canary of ['918273.645', 'canary-7351', '有行政处罚', 'Characteristic', '首贷评分卡'])
    assert(!kept.includes(canary), canary);
  assert.equal(reasons.length, 1);
});

test('another institution neither sees, changes nor runs it, and learns not even that it is there', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted } = setting;
  const consent = await givenConsent(setting);
  const model = await bringToShadow(setting);
  const unknown = { code: 'hosted.unknown' };
  const other = { caller: OTHER_MODELLER, model };
  assert.deepEqual(await within(setting, (tx) => listModels(tx, hosted, OTHER_MODELLER)), []);
  for (const address of [other, { ...other, institution: 'bank' }]) {
    await assert.rejects(
      within(setting, (tx) => readModelCard(tx, hosted, address)),
      unknown,
    );
    await assert.rejects(
      within(setting, (tx) => approveModel(tx, hosted, address)),
      unknown,
    );
    await assert.rejects(
      within(setting, (tx) => retireModel(tx, hosted, address)),
      unknown,
    );
  }
  await assert.rejects(validateModel(hosted, other), unknown);
  await assert.rejects(run(setting, consent, { caller: OTHER_BANK }), unknown);
  const own = await within(setting, (tx) => listModels(tx, hosted, RISK_OFFICER));
  assert.deepEqual(
    own.map(({ name, state }) => [name, state]),
    [['first-loan', 'shadow']],
  );
  const card = await within(setting, (tx) =>
    readModelCard(tx, hosted, { caller: NODE_PERSON, model, institution: 'bank' }),
  );
  assert.deepEqual(card.inputs, MANIFEST.inputs, 'the node sees what goes in and how much comes out');
  assert.equal(card.bitsPerRun, bitsOf(1718));
  assert(!JSON.stringify(card).includes('R1'));
});

test('a platform runs it for its institution alone, under a consent that names the platform', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  await bringToShadow(setting);
  const direct = await givenConsent(setting);
  const through = await givenConsent(setting, { platforms: ['platform'] });
  const over = { caller: PLATFORM, institutionId: 'bank' };
  await assert.rejects(run(setting, direct, over), { code: 'policy.consent_not_through_platform' });
  assert.equal((await run(setting, through, over)).platform, 'platform');
  await assert.rejects(run(setting, through, { ...over, institutionId: 'other-bank' }), {
    code: 'hosted.unknown',
  });
});

test('without a live consent that covers its inputs nothing runs, and a revocation holds at once', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const consent = await givenConsent(setting);
  await bringToShadow(setting);
  await assert.rejects(run(setting, 'cns_00000000000000000000000000'), { code: 'policy.consent_missing' });
  await assert.rejects(run(setting, consent, { purpose: 'post_loan_management' }), {
    code: 'policy.consent_for_other_purpose',
  });
  const narrow = await givenConsent(setting, {
    contracts: [{ id: 'v02_financials', fields: ['audit_firm'] }],
  });
  await assert.rejects(run(setting, narrow), { code: 'hosted.input_not_permitted' });
  const recent = await givenConsent(setting, {
    dataFrom: new Date(setting.clock.now().getTime() - 60 * 86_400_000).toISOString().slice(0, 10),
  });
  await assert.rejects(run(setting, recent), { code: 'indicators.outside_range' });
  await run(setting, consent);
  await revokeGiven(setting, consent);
  await assert.rejects(run(setting, consent), { code: 'policy.consent_revoked' });
});

test('inputs of the call are exactly the declared ones', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const consent = await givenConsent(setting);
  await bringToShadow(setting);
  const wrong: Record<string, number | string | null>[] = [
    { turnover: 1 },
    { turnover: 1, branch: 'east', penalties: 0 },
    { turnover: 'much', branch: 'east' },
    { turnover: 1, branch: 'x'.repeat(201) },
  ];
  for (const inputs of wrong)
    await assert.rejects(run(setting, consent, { inputs }), { code: 'hosted.call_inputs_wrong' });
});

test('a version in shadow runs beside the active one, which answers, and takes its place when approved', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted } = setting;
  const consent = await givenConsent(setting);
  const first = await bringToShadow(setting);
  await run(setting, consent);
  await approveByBoth(setting, first);
  const second = await bringToShadow(setting, MANIFEST, { content: firstLoanCard({ bonus: 30 }) });
  assert.partialDeepStrictEqual(await run(setting, consent), { score: 54, model: { hash: first } });
  const { rows } = await hosted.database.pool.query<object>(
    'select outcome, score, active_score from evaluation.hosted_shadow_runs where model_hash = $1',
    [second],
  );
  assert.deepEqual(rows, [{ outcome: 'scored', score: 84, active_score: 54 }]);
  const card = await within(setting, (tx) => readModelCard(tx, hosted, { caller: MODELLER, model: second }));
  assert.equal(card.shadow.enterprises, 0, 'figures are of whole blocks of enterprises');
  await approveByBoth(setting, second);
  const states = await within(setting, (tx) => listModels(tx, hosted, MODELLER));
  assert.deepEqual(
    states.map(({ version, state }) => [version, state]),
    [
      [2, 'active'],
      [1, 'retired'],
    ],
  );
  assert.partialDeepStrictEqual(await run(setting, consent), {
    score: 84,
    model: { hash: second, version: 2 },
  });
});

test('what is usable but not visible enters a model for an evaluation and is never shown', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted } = setting;
  const { pmmlOf } = await import('../../src/evaluation/hosted/pmml/scorecard.test-support.ts');
  const content = pmmlOf({
    dictionary: '<DataField name="assets" dataType="double" optype="continuous"/>',
    schema: '<MiningField name="assets"/>',
    characteristics: `<Characteristic reasonCode="LOW" baselineScore="50">
      <Attribute partialScore="10"><SimplePredicate field="assets" operator="lessThan" value="7000000000"/></Attribute>
      <Attribute partialScore="40"><SimplePredicate field="assets" operator="isNotMissing"/></Attribute>
      <Attribute partialScore="0"><True/></Attribute></Characteristic>`,
  });
  const manifest = {
    ...MANIFEST,
    name: 'assets',
    purposes: ['credit_evaluation' as const],
    inputs: [{ name: 'assets', from: 'indicator' as const, indicator: 'assets' }],
    output: { min: 0, max: 50, step: 10 },
    reasons: { max: 1, words: [{ code: 'LOW', zh: '资产较少', en: 'few assets' }] },
  };
  const forLoans = { ...manifest, purposes: ['loan_origination' as const] };
  const { model: refused } = await within(setting, (tx) =>
    uploadModel(tx, hosted, { caller: MODELLER, manifest: forLoans, content }),
  );
  await assert.rejects(validateModel(hosted, { caller: MODELLER, model: refused }), {
    code: 'hosted.input_not_permitted',
  });
  const wide = { ...manifest, output: { min: 0, max: 50, step: 0.01 } };
  const { model: tooWide } = await within(setting, (tx) =>
    uploadModel(tx, hosted, { caller: MODELLER, manifest: wide, content }),
  );
  await assert.rejects(validateModel(hosted, { caller: MODELLER, model: tooWide }), {
    code: 'hosted.not_released',
    params: { input: 'assets', indicator: 'assets', bits: bitsOf(10_003) },
  });
  const model = await bringToShadow(setting, manifest, { content });
  const terms = {
    purpose: 'credit_evaluation',
    frequency: { count: 1, unit: 'month' },
    contracts: [
      { id: 'v02_financials', fields: ['total_assets', 'period_end', 'period_kind', 'statement_scope'] },
    ],
  };
  const over = { model: 'assets', purpose: 'credit_evaluation' as const, inputs: {} };
  await run(setting, await givenConsent(setting, terms), over);
  await approveByBoth(setting, model);
  const answer = await run(setting, await givenConsent(setting, terms), over);
  assert.partialDeepStrictEqual(answer, { outcome: 'scored', score: 40, reasons: [{ code: 'LOW' }] });
  assert.equal(answer.budget.bits, bitsOf(6 * 2 + 1));
  const digits = TRUE_ASSETS_YUAN.replace('.', '');
  assert(!JSON.stringify(answer).includes(digits) && !JSON.stringify(answer).includes(TRUE_ASSETS_YUAN));
});

test('an upload that is broken, too large or known already is refused, and gates say what is wrong', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const { hosted } = setting;
  const upload = (manifest: unknown, content: Uint8Array = firstLoanCard(), caller = MODELLER) =>
    within(setting, (tx) => uploadModel(tx, hosted, { caller, manifest, content }));
  await assert.rejects(upload({ ...MANIFEST, secret: 1 }), { code: 'hosted.manifest_wrong' });
  await assert.rejects(upload({ ...MANIFEST, output: { min: 0, max: 1, step: 0.3 } }), {
    code: 'hosted.manifest_wrong',
  });
  await assert.rejects(upload({ ...MANIFEST, inputs: MANIFEST.inputs.slice(2) }), {
    code: 'hosted.manifest_wrong',
  });
  await assert.rejects(upload(MANIFEST, Buffer.alloc(2 * 1024 ** 2)), { code: 'hosted.too_large' });
  await assert.rejects(upload(MANIFEST, firstLoanCard(), NODE_PERSON), { code: 'security.not_permitted' });
  await upload(MANIFEST);
  await assert.rejects(upload(MANIFEST), { code: 'hosted.exists' });
  await upload(MANIFEST, firstLoanCard(), OTHER_MODELLER);
  const gate = async (manifest: unknown, content?: Uint8Array) => {
    const { model } = await upload(manifest, content);
    await validateModel(hosted, { caller: MODELLER, model });
  };
  const [penalties, ...others] = MANIFEST.inputs;
  assert(penalties?.from === 'indicator');
  const cases: [unknown, Uint8Array | undefined, string][] = [
    [
      { ...MANIFEST, inputs: [{ ...penalties, indicator: 'no_such' }, ...others] },
      undefined,
      'hosted.input_unknown',
    ],
    [{ ...MANIFEST, purposes: ['guarantee_underwriting'] }, undefined, 'policy.purpose_of_institution'],
    [{ ...MANIFEST, inputs: others }, undefined, 'hosted.manifest_wrong'],
    [{ ...MANIFEST, reasons: { max: 2, words: [] } }, undefined, 'hosted.manifest_wrong'],
    [{ ...MANIFEST, output: { min: 0, max: 1e6, step: 1 } }, undefined, 'hosted.manifest_wrong'],
    [MANIFEST, Buffer.from('<PMML'), 'hosted.pmml_broken'],
  ];
  for (const [manifest, content, code] of cases) await assert.rejects(gate(manifest, content), { code });
  const drafts = await within(setting, (tx) => listModels(tx, hosted, MODELLER));
  assert(
    drafts.every(({ state }) => state === 'draft'),
    'what did not pass stays a draft',
  );
});
