import { ApiError, type NodeFacts, type Session } from './api.ts';
import { type Content, h, replace } from './dom.ts';
import { say } from './language.ts';

/** What a view is made with. Before signing in there is no session. */
export type Page = {
  readonly facts: NodeFacts;
  readonly session: Session;
  /** What follows the view's name in the address, decoded. */
  readonly rest: string;
};

/** Fills its part of the page; may be called again for another language. */
export type View = (main: HTMLElement, page: Page) => Promise<void>;

/** Title and one sentence; the title takes the focus when the view changes. */
export function heading(title: string, lead?: string): Content {
  return [h('h1', { tabindex: -1 }, title), lead !== undefined && h('p', { class: 'lead' }, lead)];
}

/** Says what went wrong, to screen readers too. */
export function showError(place: HTMLElement, error: unknown): void {
  if (!(error instanceof ApiError)) {
    replace(place, h('p', { class: 'problem', role: 'alert' }, say('failed')));
    if (!(error instanceof TypeError)) throw error;
    return;
  }
  replace(
    place,
    h(
      'div',
      { class: 'problem', role: 'alert' },
      h('strong', {}, error.message),
      ' ',
      error.remedy,
      h('small', {}, say('requestId', { id: error.requestId })),
    ),
  );
}

/** Runs what a button or a form starts; a refusal is shown in `place`. */
export function guarded(place: HTMLElement, work: () => Promise<void>): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    work().catch((error: unknown) => showError(place, error));
  };
}
