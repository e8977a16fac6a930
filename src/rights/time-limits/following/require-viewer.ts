import { type Caller, requireAllowed } from '#security';
import type { RightsContext } from '../../rights-context.ts';
import type { Responsible } from '../definition/term-kinds.ts';

/** Whose terms a caller may see: all of them, or those that its body holds. Heads see what was escalated to them. */
export type TermViewer = {
  readonly responsible: Responsible | null;
  readonly isHead: boolean;
};

const HEADS: ReadonlySet<string> = new Set(['confirmer', 'institution_admin', 'compliance']);

/** The node's people see every term, a department, institution or platform its own. Throws the policy's refusal. */
export function requireTermViewer({ policies }: Pick<RightsContext, 'policies'>, caller: Caller): TermViewer {
  const { organisation, participantId } = caller;
  requireAllowed(policies, caller, 'see_terms', {
    ...(organisation === null ? {} : { provider: organisation }),
    ...(participantId === null ? {} : { participant: participantId }),
  });
  return { responsible: responsibleOf(caller), isHead: caller.roles.some((role) => HEADS.has(role)) };
}

function responsibleOf({ kind, organisation, participantId }: Caller): Responsible | null {
  if (kind === 'provider' && organisation !== null) return { kind: 'provider', id: organisation };
  if ((kind === 'institution' || kind === 'platform') && participantId !== null)
    return { kind: 'institution', id: participantId };
  return null;
}
