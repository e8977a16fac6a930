import assert from 'node:assert/strict';
import { inTransaction } from '#kernel';
import { addPerson } from '../flows/http-node.ts';
import { TAX_MANIFEST, taxUpload } from './hosted-model.ts';
import type { LeakCity } from './leak-city.ts';

/** A model of the bank in each standing from which a step may be asked for, and one that runs. */
export type LeakModels = Readonly<Record<'validate' | 'shadow' | 'approve' | 'retire', string>>;

/** Posts as somebody and wants it done. */
export type Post = <Body>(login: string, url: string, payload?: object) => Promise<Body>;

export async function prepareModels({ node }: LeakCity, post: Post): Promise<LeakModels> {
  const roles = ['risk_officer'] as const;
  const officer = { login: 'risk-officer', kind: 'institution', participantId: 'bank' } as const;
  await addPerson(node, { ...officer, roles: [...roles] });
  const step = async (model: string, act: string): Promise<void> => {
    await post('institution-all', `/api/v1/models/${model}/${act}`);
  };
  const upload = async (name: string): Promise<string> =>
    (await post<{ model: string }>('institution-all', '/api/v1/models', taxUpload(name))).model;
  const trial = async (name: string): Promise<string> => {
    const model = await upload(name);
    await step(model, 'validate');
    await step(model, 'shadow');
    await seeTen(node, model);
    return model;
  };
  const shadow = await upload('to-shadow');
  await step(shadow, 'validate');
  const active = await trial(TAX_MANIFEST.name);
  await post('risk-officer', `/api/v1/models/${active}/approve`);
  await post('data_admin', `/api/v1/models/${active}/approve?institution=bank`);
  return {
    validate: await upload('to-validate'),
    shadow,
    approve: await trial('to-approve'),
    retire: await upload('to-retire'),
  };
}

/** A trial over ten enterprises, as it would have been kept. */
async function seeTen({ database, clock }: LeakCity['node'], model: string): Promise<void> {
  const rows = await inTransaction(database, (tx) =>
    tx.rows(
      `insert into evaluation.hosted_shadow_runs
         (enterprise_id, run_id, model_hash, institution, outcome, score, active_score, at)
       select 900000 + n, 'dsc_seen', $1, 'bank', 'scored', 50, null, $2 from generate_series(1, 10) n
       returning 1`,
      [model, clock.now()],
    ),
  );
  assert.equal(rows.length, 10);
}
