import { inTransaction } from '#kernel';
import { findEnterprise } from '#lists';
import { askExport, makeExport } from '#rights';
import { openSelf } from '../../src/entry/self.ts';
import { callerOfLogin } from '../flows/self-query-setting.ts';
import { type Calls, get, post } from './leak-ask.ts';
import { type LeakCity, OWN, STRANGER } from './leak-city.ts';

const PATHS = [OWN, STRANGER].map(({ code }) => `/api/v1/enterprises/${code}/exports`);

/** A bundle of everything about the enterprise, asked for by its representative and made. Its export id. */
export async function prepareExport({ node }: LeakCity): Promise<string> {
  const context = openSelf(node);
  const caller = await callerOfLogin(context, 'representative');
  const { enterpriseId, exportId } = await inTransaction(node.database, async (tx) => {
    const { enterpriseId: own } = await findEnterprise(tx, OWN.code);
    const asked = await askExport(tx, context, { caller, enterpriseId: own });
    return { enterpriseId: own, exportId: asked.exportId };
  });
  await makeExport(context, { enterpriseId, exportId });
  return exportId;
}

/** How the routes of exports are called. */
export const EXPORT_CALLS: Readonly<Record<string, Calls>> = {
  'POST /api/v1/enterprises/{code}/exports': () => PATHS.flatMap((path) => post(path, {})),
  'GET /api/v1/enterprises/{code}/exports': () => get(...PATHS),
  'GET /api/v1/enterprises/{code}/exports/{id}': ({ exportId }) =>
    get(...PATHS.map((path) => `${path}/${exportId}`)),
  'GET /api/v1/enterprises/{code}/exports/{id}/file': ({ exportId }) =>
    get(...PATHS.map((path) => `${path}/${exportId}/file`)),
};
