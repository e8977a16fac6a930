import type { Day } from '../model/days.ts';
import type { Change, Enterprise, State } from './shape.ts';

/** The register's content at the end of a day. */
export function stateOn(enterprise: Enterprise, day: Day): State {
  const { atFounding, changes } = enterprise;
  if (changes.length === 0) return atFounding;
  const renames = changes.some(({ item }) => item === 'name');
  let state = renames ? { ...atFounding, name: atFounding.formerName } : atFounding;
  for (const change of changes) {
    if (change.on > day) break;
    state = applyTo(state, change);
  }
  return state;
}

function applyTo(state: State, { item, after }: Change): State {
  switch (item) {
    case 'name':
      return { ...state, name: after };
    case 'legal_representative':
      return { ...state, representative: after };
    case 'domicile':
      return { ...state, domicile: after };
    case 'capital':
      return { ...state, capital: Number(after) };
    case 'scope':
      return { ...state, scope: after };
    default:
      return state;
  }
}

/** The name it bore before, once it has renamed itself; empty otherwise. */
export function formerNameOn(enterprise: Enterprise, day: Day): string {
  return enterprise.changes.some(({ on, item }) => item === 'name' && on <= day)
    ? enterprise.atFounding.formerName
    : '';
}
