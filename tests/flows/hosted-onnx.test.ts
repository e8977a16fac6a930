import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type HostedManifest, openOnnxRunner, uploadModel, validateModel } from '#evaluation';
import { inTransaction } from '#kernel';
import {
  hungryModel,
  input,
  LINEAR,
  node,
  onnx,
  output,
  slowModel,
} from '../../src/evaluation/hosted/onnx/onnx.test-support.ts';
import {
  approveByBoth,
  bringToShadow,
  type HostedSetting,
  MANIFEST,
  MODELLER,
  openHostedSetting,
  run,
} from './hosted-setting.ts';
import { givenConsent } from './verification-setting.ts';

/** 500 + 10 · penalties + 20 · turnover, the lower the better. */
const RISK: HostedManifest = {
  ...MANIFEST,
  name: 'risk',
  format: 'onnx',
  inputs: MANIFEST.inputs.filter(({ name }) => name === 'penalties' || name === 'turnover'),
  output: { min: 0, max: 1_000, step: 5 },
  reasons: {
    max: 2,
    words: [
      { code: 'P', zh: '有行政处罚', en: 'there are penalties' },
      { code: 'T', zh: '流水异常', en: 'odd turnover' },
    ],
  },
  onnx: {
    inputs: [{ tensor: 'x', columns: ['penalties', 'turnover'] }],
    output: { tensor: 'y', at: 0 },
    better: 'lower',
    explain: [
      { input: 'penalties', baseline: 0, code: 'P' },
      { input: 'turnover', baseline: 2, code: 'T' },
    ],
  },
};

async function gate(setting: HostedSetting, manifest: HostedManifest, content: Uint8Array): Promise<void> {
  const { hosted } = setting;
  const { model } = await inTransaction(hosted.database, (tx) =>
    uploadModel(tx, hosted, { caller: MODELLER, manifest, content }),
  );
  await validateModel(hosted, { caller: MODELLER, model });
}

test('an ONNX model scores under a consent, with the inputs that make it worse as reasons', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const consent = await givenConsent(setting);
  const model = await bringToShadow(setting, RISK, { content: LINEAR });
  const over = { model: 'risk', inputs: { turnover: 3 } };
  assert.equal((await run(setting, consent, over)).outcome, 'shadow');
  await approveByBoth(setting, model);
  const scored = await run(setting, consent, over); // 500 + 10 + 60
  assert.partialDeepStrictEqual(scored, {
    outcome: 'scored',
    score: 570,
    reasons: [
      { code: 'T', zh: '流水异常' },
      { code: 'P', zh: '有行政处罚' },
    ],
  });
  const few = await run(setting, consent, { ...over, inputs: { turnover: 0.06 } }); // 511.2
  assert.partialDeepStrictEqual(few, { score: 510, reasons: [{ code: 'P' }] });
  assert.equal(few.reasons.length, 1);
  const unknown = await run(setting, consent, { ...over, inputs: { turnover: null } });
  assert.partialDeepStrictEqual(unknown, { outcome: 'no_score', score: null, reasons: [] });
});

test('gates refuse what is not allowed, does not fit, takes too long or too much', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const onnxRunner = openOnnxRunner({ limits: { onnxRunMs: 200, onnxMemoryPages: 1_024 } });
  t.after(() => onnxRunner.close());
  const strict = { ...setting, hosted: { ...setting.hosted, onnx: onnxRunner } };
  const loop = onnx([
    node({ op: 'Loop', inputs: ['x'], outputs: ['y'] }),
    input('x', [1, 2]),
    output('y', [1]),
  ]);
  await assert.rejects(gate(strict, RISK, loop), { code: 'hosted.onnx_operator' });
  const { onnx: plan, ...rest } = RISK;
  assert(plan !== undefined);
  await assert.rejects(gate(strict, rest, LINEAR), { code: 'hosted.manifest_wrong' });
  const unfit: NonNullable<HostedManifest['onnx']>[] = [
    { ...plan, inputs: [{ tensor: 'z', columns: ['penalties', 'turnover'] }] },
    { ...plan, inputs: [{ tensor: 'x', columns: ['penalties'] }] },
    { ...plan, output: { tensor: 'y', at: 1 } },
    { ...plan, explain: [...plan.explain, { input: 'age', baseline: 0, code: 'P' }] },
  ];
  for (const onnxPlan of unfit)
    await assert.rejects(gate(strict, { ...RISK, onnx: onnxPlan }, LINEAR), {
      code: 'hosted.manifest_wrong',
    });
  const alone = (tensor: string): HostedManifest => ({
    ...RISK,
    inputs: RISK.inputs.slice(0, 1),
    reasons: { max: 0, words: [] },
    onnx: { ...plan, inputs: [{ tensor, columns: ['penalties'] }], explain: [] },
  });
  const failed = { code: 'hosted.trial_failed' };
  await assert.rejects(gate(strict, alone('x'), hungryModel(5_000)), failed);
  await assert.rejects(gate(strict, alone('x'), slowModel()), {
    ...failed,
    params: { zh: '用时过长', en: 'it took too long' },
  });
});

test('a node without the runtime refuses ONNX by name and goes on with scorecards', async (t: TestContext) => {
  const setting = await openHostedSetting(t);
  const without = {
    ...setting,
    hosted: { ...setting.hosted, onnx: openOnnxRunner({ isInstalled: () => false }) },
  };
  await assert.rejects(gate(without, RISK, LINEAR), { code: 'hosted.onnx_not_installed' });
  await bringToShadow(without);
  assert.equal((await run(without, await givenConsent(setting))).outcome, 'shadow');
});
