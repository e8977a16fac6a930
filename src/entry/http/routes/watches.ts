import { inTransaction, type Tx } from '#kernel';
import {
  listWatches,
  measureCoverage,
  overseeCoverage,
  ownCoverage,
  requireOverseer,
  requireWatcher,
} from '#monitoring';
import { proveAdmission } from '#platform';
import type { Admission, Caller } from '#security';
import type { Node } from '../../node.ts';
import { openFloors } from '../../statistics.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import { Coverages, CoverageQuery, WatchQuery, Watches } from './watch-schemas.ts';

const tags = ['monitoring'];

/** 监测名单（第 10 条）: an institution's own list, and how many of the live loans are watched. */
export function watchRoutes(app: App, node: Node): void {
  listRoute(app, node);
  coverageRoute(app, node);
}

function listRoute(app: App, node: Node): void {
  app.get(
    '/api/v1/monitoring/watches',
    {
      schema: {
        tags,
        summary: '本机构的监测名单 · the institution’s own watch list',
        description:
          'Enterprises with a live loan of the institution. An office sees its own part and what is beneath it, a platform what is reported through it.',
        querystring: WatchQuery,
        response: answers(Watches),
      },
    },
    async (request) => {
      const { institution, ...page } = request.query;
      const list = await inTransaction(node.database, async (tx) => {
        const of = await proveWatcher(tx, node, { caller: callerOf(request), institution });
        return await listWatches(tx, node.clock, { of, page });
      });
      return toWire(list);
    },
  );
}

function coverageRoute(app: App, node: Node): void {
  const floor = openFloors(node).of('monitoring_coverage');
  app.get(
    '/api/v1/monitoring/coverage',
    {
      schema: {
        tags,
        summary: '监测覆盖率：受监测贷款与存续贷款 · watched loans of the live ones, by institution',
        description: 'An institution sees its own figures; the node’s people and the regulator those of all.',
        querystring: CoverageQuery,
        response: answers(Coverages),
      },
    },
    async (request) => {
      const [caller, { institution }] = [callerOf(request), request.query];
      const coverage = await inTransaction(node.database, async (tx) => {
        if (caller.kind === 'institution' || caller.kind === 'platform') {
          const { institutionId, platformId } = await proveWatcher(tx, node, { caller, institution });
          return ownCoverage(await measureCoverage(tx, { institutionId, platformId }));
        }
        requireOverseer(node.policies, caller);
        const of = institution === undefined ? {} : { institutionId: institution };
        return await overseeCoverage(tx, floor, of);
      });
      return { coverage: toWire(coverage) };
    },
  );
}

async function proveWatcher(
  tx: Tx,
  { clock, policies }: Node,
  { caller, institution }: { caller: Caller; institution: string | undefined },
): Promise<Admission> {
  const named = institution === undefined ? {} : { institutionId: institution };
  const admission = await proveAdmission(tx, clock, caller, { operator: caller.id, ...named });
  requireWatcher(policies, caller, admission);
  return admission;
}
