import { Type } from 'typebox';
import { inTransaction } from '#kernel';
import {
  checkAtSource,
  checkItem,
  confirmItem,
  fileItem,
  formContracts,
  formOf,
  listItems,
  listPledges,
  objectToBreach,
  readItemNotices,
  readRegistration,
  registerEnterprise,
  type Registration,
  requireOwn,
  signPledge,
  type VoluntaryContext,
  withdrawItem,
  withdrawPledge,
} from '#rights';
import type { Node } from '../../node.ts';
import { openVoluntary } from '../../voluntary.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers, toWire } from '../schemas.ts';
import {
  CheckAnswer,
  CheckedAnswer,
  ConfirmBody,
  ConfirmedAnswer,
  FiledAnswer,
  FilingBody,
  FormsAnswer,
  ItemId,
  ItemsAnswer,
  ObjectionBody,
  PledgeAnswer,
  PledgeId,
  PledgesAnswer,
  ReceiptAnswer,
  RegistrationAnswer,
  RegistrationBody,
  SignBody,
} from './voluntary-schemas.ts';

const tags = ['rights'];
const ONE_ITEM = Type.Object({ id: ItemId });

/** 自愿清单的填报项目（第 7 条）: what can be filed, why, who sees it and how long it counts, for anyone. */
export function publicVoluntaryRoutes(app: App, node: Node): void {
  const context = openVoluntary(node);
  app.get(
    '/api/v1/voluntary/forms',
    {
      schema: {
        tags,
        summary: '自愿填报项目和表单 · forms of the voluntary list',
        response: answers(FormsAnswer),
      },
    },
    async () => {
      const { terms } = context.voluntary;
      const { contracts, codeTables } = context.catalogue;
      return toWire({
        entrances: terms.entrances.map(({ id, zh, en }) => ({ id, zh, en })),
        forms: formContracts(contracts).map((contract) => formOf(contract, { terms, codeTables })),
      });
    },
  );
}

/** 自愿清单: registration, pledge, items and what proves them. */
export function voluntaryRoutes(app: App, node: Node): void {
  const context = openVoluntary(node);
  registrationRoutes(app, context);
  pledgeRoutes(app, context);
  itemRoutes(app, context);
  proofRoutes(app, context);
}

function registrationRoutes(app: App, context: VoluntaryContext): void {
  const path = '/api/v1/voluntary/registration';
  app.get(
    path,
    {
      schema: {
        tags,
        summary: '企业登记状态 · state of the registration',
        response: answers(RegistrationAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const found = await inTransaction(context.database, async (tx) => {
        const { enterpriseId } = await requireOwn(tx, context, { caller, act: 'register_enterprise' });
        return await readRegistration(tx, enterpriseId);
      });
      return showRegistration(found);
    },
  );
  app.post(
    path,
    {
      schema: {
        tags,
        summary: '企业登记，与登记库核对 · register, checked against the register',
        body: RegistrationBody,
        response: answers(RegistrationAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.body };
      return showRegistration(
        await inTransaction(context.database, (tx) => registerEnterprise(tx, context, asked)),
      );
    },
  );
}

const WINDOW = {
  zh: '请法定代表人或经办人持营业执照原件到窗口办理，经两人核对后登记。',
  en: 'Bring the original licence to the window; two persons check it there.',
};

function showRegistration(found: Registration | undefined) {
  const state = found?.state ?? ('none' as const);
  const isOpen = state === 'mismatch' || state === 'at_window';
  return { state, mismatched: [...(found?.mismatched ?? [])], way: isOpen ? WINDOW : null };
}

function pledgeRoutes(app: App, context: VoluntaryContext): void {
  const one = { params: Type.Object({ id: PledgeId }), response: answers(PledgeAnswer) };
  app.get(
    '/api/v1/voluntary/pledges',
    {
      schema: {
        tags,
        summary: '信用承诺书和已签承诺 · the pledge and those signed',
        response: answers(PledgesAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const pledges = await inTransaction(context.database, (tx) => listPledges(tx, context, caller));
      return toWire({ template: context.voluntary.pledge, pledges });
    },
  );
  app.post(
    '/api/v1/voluntary/pledges',
    {
      schema: {
        tags,
        summary: '签署信用承诺书 · sign the pledge',
        body: SignBody,
        response: answers(PledgeAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), templateHash: request.body.templateHash };
      return toWire(await inTransaction(context.database, (tx) => signPledge(tx, context, asked)));
    },
  );
  app.post(
    '/api/v1/voluntary/pledges/:id/withdraw',
    { schema: { tags, summary: '撤回信用承诺 · withdraw a pledge', ...one } },
    async (request) => {
      const asked = { caller: callerOf(request), pledgeId: request.params.id };
      return toWire(await inTransaction(context.database, (tx) => withdrawPledge(tx, context, asked)));
    },
  );
  app.post(
    '/api/v1/voluntary/pledges/:id/objection',
    { schema: { tags, summary: '对违诺认定提出异议 · object to a breach', body: ObjectionBody, ...one } },
    async (request) => {
      const { objection } = request.body;
      const asked = { caller: callerOf(request), pledgeId: request.params.id, objection };
      return toWire(await inTransaction(context.database, (tx) => objectToBreach(tx, context, asked)));
    },
  );
}

function itemRoutes(app: App, context: VoluntaryContext): void {
  app.get(
    '/api/v1/voluntary/items',
    {
      schema: {
        tags,
        summary: '本企业的填报项目、附件和提醒 · own items, attachments and reminders',
        response: answers(ItemsAnswer),
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const found = await inTransaction(context.database, async (tx) => {
        const list = await listItems(tx, context, caller);
        return { ...list, notices: await readItemNotices(tx, caller.enterpriseId ?? '') };
      });
      return toWire({
        scanner: context.scanner === undefined ? ('none' as const) : ('set' as const),
        ...found,
      });
    },
  );
  app.post(
    '/api/v1/voluntary/items',
    {
      schema: { tags, summary: '填报一项 · file one item', body: FilingBody, response: answers(FiledAnswer) },
    },
    async (request) => await fileItem(context, filingOf(request)),
  );
  app.post(
    '/api/v1/voluntary/items/check',
    {
      schema: {
        tags,
        summary: '提交前检查，不留存 · check before filing; nothing is kept',
        body: FilingBody,
        response: answers(CheckAnswer),
      },
    },
    async (request) => ({ defects: await checkItem(context, filingOf(request)) }),
  );
  app.post(
    '/api/v1/voluntary/items/:id/withdraw',
    {
      schema: {
        tags,
        summary: '撤回一项，立即停止使用 · withdraw an item',
        params: ONE_ITEM,
        response: answers(ReceiptAnswer),
      },
    },
    async (request) => await withdrawItem(context, { caller: callerOf(request), itemId: request.params.id }),
  );
}

type FilingRequest = Parameters<typeof callerOf>[0] & {
  readonly body: { contract: string; values: Record<string, string>; enterprise?: string };
};

function filingOf(request: FilingRequest) {
  const { contract: contractId, values, enterprise: code } = request.body;
  return { caller: callerOf(request), code, contractId, values };
}

function proofRoutes(app: App, context: VoluntaryContext): void {
  app.post(
    '/api/v1/voluntary/items/:id/source-check',
    {
      schema: {
        tags,
        summary: '与权威来源核对，一致为 L3 · check an item at its source',
        params: ONE_ITEM,
        response: answers(CheckedAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), itemId: request.params.id };
      return await checkAtSource(context, asked);
    },
  );
  app.post(
    '/api/v1/voluntary/confirmations',
    {
      schema: {
        tags,
        summary: '第三方确认，一致为 L2 · a third party confirms an item',
        body: ConfirmBody,
        response: answers(ConfirmedAnswer),
      },
    },
    async (request) => {
      const asked = { ...filingOf(request), code: request.body.enterprise };
      return await inTransaction(context.database, (tx) => confirmItem(tx, context, asked));
    },
  );
}
