import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { listRefusals, openDatabase, openKeyStore, shapeConfig, silentLogger, systemClock } from '#kernel';
import { openOnnxRunner } from '#evaluation';
import { openReportIssuer } from '#information';
import { readEvidenceLevels } from '#rights';
import { type ListsContext, loadCatalogue } from '#lists';
import { loadPolicies } from '#security';
import { loadEvaluation } from '../../src/entry/evaluation.ts';
import { openNodePersonGate } from '../../src/entry/persons.ts';
import { openNodeIdentity } from '../../src/entry/identity.ts';
import { buildApp } from '../../src/entry/http/app.ts';
import type { App } from '../../src/entry/http/app-types.ts';
import { openApiText } from '../../src/entry/http/open-api.ts';
import { refusalsOfRoutes } from './refusals.ts';

/** Nobody listens there, and describing the routes asks nobody. */
const NO_DATABASE = 'postgres://127.0.0.1:1/none';

/** `docs/api/openapi.json`: the description of the real application, whose routes are added but never called. */
export async function describeOpenApi(root: string): Promise<string> {
  return await withApp(root, openApiText);
}

/** `models/interfaces/refusals.json`: the codes of each operation, as the source has them. */
export async function writeRefusals(root: string): Promise<string> {
  return await withApp(root, (app) => {
    const codes = new Set(listRefusals().keys());
    const operations = app.listOperations().map(({ id, method, needsCaller, bodyBytesMax, path }) => {
      const hasQuery = JSON.stringify(app.swagger().paths?.[path] ?? {}).includes('"parameters"');
      const hasBody = bodyBytesMax !== null;
      return { id, method, needsCaller, hasInput: hasQuery || hasBody, hasBody };
    });
    return `${JSON.stringify(refusalsOfRoutes({ root, operations, codes }), undefined, 2)}\n`;
  });
}

export async function withApp<Result>(root: string, work: (app: App) => Result): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'xinqiao-generate-'));
  const config = shapeConfig({ XINQIAO_DATA: folder, XINQIAO_DEMONSTRATION: '0' });
  const database = openDatabase(NO_DATABASE, 1);
  const keys = openKeyStore(config.keysFolder);
  const policies = loadPolicies([join(root, 'policies')]);
  const lists: ListsContext = {
    database,
    catalogue: loadCatalogue([join(root, 'lists')]),
    policies,
    clock: systemClock,
    logger: silentLogger,
    keys,
    packageFolder: resolve(root),
    deliveriesFolder: join(folder, 'deliveries'),
  };
  const report = openReportIssuer({ lists, policies, config });
  const close = (): Promise<void> => database.close();
  const base = { config, database, policies, keys, clock: systemClock, logger: silentLogger, lists };
  const evaluation = loadEvaluation(config, lists.catalogue);
  const personGate = openNodePersonGate(base);
  const parts = {
    report,
    readEvidence: readEvidenceLevels,
    personGate,
    evaluation,
    onnx: openOnnxRunner(),
    identity: openNodeIdentity(base),
  };
  const app = await buildApp({ ...base, ...parts, close });
  try {
    return work(app);
  } finally {
    await app.close();
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}
