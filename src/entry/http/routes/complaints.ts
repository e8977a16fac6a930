import { inTransaction, type Tx } from '#kernel';
import {
  acceptAnswer,
  acknowledgeComplaint,
  answerComplaint,
  askComplainant,
  type ComplaintContext,
  completeComplaint,
  decideComplaint,
  escalateComplaint,
  fileComplaint,
  listHandledComplaints,
  listOwnComplaints,
  readComplaintFigures,
  readHandledComplaint,
  readOwnComplaint,
  stateOnComplaint,
  takeOverComplaint,
  withdrawComplaint,
} from '#rights';
import { openComplaints } from '../../complaints.ts';
import type { Node } from '../../node.ts';
import type { App } from '../app-types.ts';
import { callerOf } from '../authentication.ts';
import { answers } from '../schemas.ts';
import {
  ComplaintAnswer,
  ComplaintFiguresAnswer,
  ComplaintFiled,
  ComplaintKindsAnswer,
  FiguresQuery,
  HandledComplaintsAnswer,
  HandledComplaintsQuery,
  HandlingComplaintAct,
  OfComplaint,
  OfEnterpriseComplaints,
  OfOwnComplaint,
  OwnComplaintAct,
  OwnComplaintsAnswer,
  OwnPageQuery,
} from './complaint-schemas.ts';
import { complaintViewOf, handledComplaintOf, ownComplaintOf } from './complaint-wire.ts';

const tags = ['rights'];

/** 投诉事项（第 12 条）: what may be complained about and about whom, for anyone. */
export function publicComplaintRoutes(app: App, node: Node): void {
  const { complaintRules } = openComplaints(node);
  app.get(
    '/api/v1/complaint-kinds',
    {
      schema: {
        tags,
        summary: '投诉事项 · kinds of complaints, and about whom each may be',
        response: answers(ComplaintKindsAnswer),
      },
    },
    async () => {
      const { version, source, kinds, escalation } = complaintRules;
      return { version, source, kinds, escalateWithinDays: escalation.withinDays };
    },
  );
}

/** 投诉（第 12 条）: the enterprise complains, another than whom it is about answers, the supervisor decides. */
export function complaintRoutes(app: App, node: Node): void {
  const context = openComplaints(node);
  fileRoute(app, context);
  ownReadRoutes(app, context);
  ownActRoute(app, context);
  handledReadRoutes(app, context);
  handlingActRoute(app, context);
  figuresRoute(app, context);
}

function fileRoute(app: App, context: ComplaintContext): void {
  app.post(
    '/api/v1/enterprises/:code/complaints',
    {
      schema: {
        tags,
        summary: '提出投诉 · file a complaint',
        params: OfEnterpriseComplaints,
        body: ComplaintFiled,
        response: answers(ComplaintAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), code: request.params.code };
      const view = await inTransaction(context.database, async (tx) => {
        const { complaintId } = await fileComplaint(tx, context, { ...asked, complaint: request.body });
        return await readOwnComplaint(tx, context, { ...asked, complaint: complaintId });
      });
      return complaintViewOf(context.complaintRules, view);
    },
  );
}

function ownReadRoutes(app: App, context: ComplaintContext): void {
  const { database, complaintRules } = context;
  app.get(
    '/api/v1/enterprises/:code/complaints',
    {
      schema: {
        tags,
        summary: '本企业的投诉 · the enterprise’s own complaints',
        params: OfEnterpriseComplaints,
        querystring: OwnPageQuery,
        response: answers(OwnComplaintsAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params, ...request.query };
      const page = await inTransaction(database, (tx) => listOwnComplaints(tx, context, asked));
      const complaints = page.complaints.map((one) => ownComplaintOf(complaintRules, one));
      return { complaints, next: page.next };
    },
  );
  app.get(
    '/api/v1/enterprises/:code/complaints/:complaint',
    {
      schema: {
        tags,
        summary: '一件投诉的办理过程 · one complaint with its term and every step',
        params: OfOwnComplaint,
        response: answers(ComplaintAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      const view = await inTransaction(database, (tx) => readOwnComplaint(tx, context, asked));
      return complaintViewOf(complaintRules, view);
    },
  );
}

const OWN_ACTS = {
  complete: completeComplaint,
  withdraw: withdrawComplaint,
  accept: acceptAnswer,
  escalate: escalateComplaint,
} as const;

function ownActRoute(app: App, context: ComplaintContext): void {
  app.post(
    '/api/v1/enterprises/:code/complaints/:complaint/acts',
    {
      schema: {
        tags,
        summary:
          '补充、撤回、认可答复或向监管部门再次投诉 · complete, withdraw, accept the answer or take it further',
        params: OfOwnComplaint,
        body: OwnComplaintAct,
        response: answers(ComplaintAnswer),
      },
    },
    async (request) => {
      const { act, ...rest } = request.body;
      const asked = { caller: callerOf(request), ...request.params };
      const view = await inTransaction(context.database, async (tx) => {
        await OWN_ACTS[act](tx, context, { ...asked, ...rest });
        return await readOwnComplaint(tx, context, asked);
      });
      return complaintViewOf(context.complaintRules, view);
    },
  );
}

function handledReadRoutes(app: App, context: ComplaintContext): void {
  const { database, complaintRules } = context;
  app.get(
    '/api/v1/rights/complaints',
    {
      schema: {
        tags,
        summary:
          '由本方办理或者涉及本方的投诉 · complaints that the caller handles, or that are about its body',
        querystring: HandledComplaintsQuery,
        response: answers(HandledComplaintsAnswer),
      },
    },
    async (request) => {
      const { state, after } = request.query;
      const page = await inTransaction(database, (tx: Tx) =>
        listHandledComplaints(tx, context, {
          caller: callerOf(request),
          ...(state !== undefined && { states: [state] }),
          ...(after !== undefined && { after }),
        }),
      );
      const complaints = page.complaints.map((one) => handledComplaintOf(complaintRules, one));
      return { complaints, next: page.next };
    },
  );
  app.get(
    '/api/v1/rights/complaints/:complaint',
    {
      schema: {
        tags,
        summary: '一件投诉 · one complaint, as far as the caller may see it',
        params: OfComplaint,
        response: answers(ComplaintAnswer),
      },
    },
    async (request) => {
      const asked = { caller: callerOf(request), ...request.params };
      const view = await inTransaction(database, (tx) => readHandledComplaint(tx, context, asked));
      return complaintViewOf(complaintRules, view);
    },
  );
}

const HANDLING_ACTS = {
  acknowledge: acknowledgeComplaint,
  take_over: takeOverComplaint,
  ask_back: askComplainant,
  state: stateOnComplaint,
  answer: answerComplaint,
  decide: decideComplaint,
} as const;

function handlingActRoute(app: App, context: ComplaintContext): void {
  app.post(
    '/api/v1/rights/complaints/:complaint/acts',
    {
      schema: {
        tags,
        summary:
          '受理、接办、要求补充、陈述、书面答复或监管决定 · acknowledge, take over, ask back, state, answer or decide',
        params: OfComplaint,
        body: HandlingComplaintAct,
        response: answers(ComplaintAnswer),
      },
    },
    async (request) => {
      const { act, ...rest } = request.body;
      const asked = { caller: callerOf(request), ...request.params };
      const view = await inTransaction(context.database, async (tx) => {
        await HANDLING_ACTS[act](tx, context, { ...asked, ...rest });
        return await readHandledComplaint(tx, context, asked);
      });
      return complaintViewOf(context.complaintRules, view);
    },
  );
}

function figuresRoute(app: App, context: ComplaintContext): void {
  app.get(
    '/api/v1/rights/complaint-figures',
    {
      schema: {
        tags,
        summary: '一个季度的投诉统计 · figures of complaints of a quarter',
        querystring: FiguresQuery,
        response: answers(ComplaintFiguresAnswer),
      },
    },
    async (request) => {
      const { quarter } = request.query;
      const asked = { caller: callerOf(request), quarter };
      const figures = await inTransaction(context.database, (tx) => readComplaintFigures(tx, context, asked));
      return { quarter, figures };
    },
  );
}
