import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import { type Contract, requireContract, summariseLists } from '#lists';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { answers, ContractId, Instant, nullable, toWire } from '../schemas.ts';

const Line = Type.Object({
  id: Type.String(),
  list: Type.String(),
  name: Type.String(),
  provider: Type.String(),
  version: Type.String(),
  sharingModes: Type.Array(Type.String()),
  disclosures: Type.Array(Type.String()),
  frequency: Type.String(),
  fields: Type.Integer(),
  lastDeliveryAt: nullable(Instant),
  lastState: nullable(Type.String()),
  records: Type.Number({ description: 'Live records; estimated above a hundred thousand' }),
});
const Field = Type.Object({
  name: Type.String(),
  businessName: Type.String(),
  kind: Type.String(),
  required: Type.Boolean(),
  disclosure: Type.String(),
  grade: Type.String(),
  source: Type.String(),
  codes: Type.Optional(Type.String()),
  unit: Type.Optional(Type.String()),
});
const OneContract = Type.Object({
  id: Type.String(),
  list: Type.String(),
  name: Type.String(),
  version: Type.String(),
  hash: Type.String(),
  clause: Type.String(),
  purpose: Type.String(),
  usage: Type.String(),
  limitations: Type.String(),
  provider: Type.String(),
  duty: Type.Object({ name: Type.String(), basis: Type.String() }),
  sharingModes: Type.Array(Type.String()),
  disclosures: Type.Array(Type.String()),
  frequency: Type.String(),
  naturalKey: Type.Array(Type.String()),
  fields: Type.Array(Field),
});

/** The three lists: what is shared, by whom, how open, how fresh. No record of any enterprise. */
export function listRoutes(app: App, node: Node): void {
  const tags = ['lists'];
  app.get(
    '/api/v1/lists',
    {
      schema: {
        tags,
        summary: '三张清单 · the three lists',
        response: answers(Type.Object({ lists: Type.Array(Line) })),
      },
    },
    async () => {
      const contracts = [...node.lists.catalogue.contracts.values()];
      const lines = await inTransaction(node.database, (tx) => summariseLists(tx, contracts), 'snapshot');
      return { lists: toWire(lines) };
    },
  );
  app.get(
    '/api/v1/lists/:id',
    {
      schema: {
        tags,
        summary: '一个数据合同 · one data contract',
        params: Type.Object({ id: ContractId }),
        response: answers(OneContract),
      },
    },
    async (request) => toAnswer(requireContract(node.lists, request.params.id)),
  );
}

function toAnswer(contract: Contract) {
  const { sharingModes, disclosures, naturalKey, fields } = contract;
  return {
    ...contract,
    sharingModes: [...sharingModes],
    disclosures: [...disclosures],
    naturalKey: [...naturalKey],
    fields: [...fields],
  };
}
