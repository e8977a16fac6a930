import { ApiError, ask, type NodeFacts, send, type Session } from './api.ts';
import { type Content, h, replace } from './dom.ts';
import { language, pick, say, setLanguage } from './language.ts';
import { type Page, showError, type View } from './view.ts';
import { deliveriesView } from './views/deliveries.ts';
import { enterprisesView } from './views/enterprises.ts';
import { listsView } from './views/lists.ts';
import { ownView } from './views/own.ts';
import { qualityView } from './views/quality.ts';
import { reviewView } from './views/review.ts';
import { signInForm } from './views/sign-in.ts';
import { verifyForm } from './views/verify.ts';

type Section = { readonly name: keyof typeof VIEWS; readonly isFor: (session: Session) => boolean };

const VIEWS = {
  own: ownView,
  lists: listsView,
  deliveries: deliveriesView,
  enterprises: enterprisesView,
  review: reviewView,
  quality: qualityView,
} as const satisfies Readonly<Record<string, View>>;

/** In the order of the menu; the first that is for the person is where they begin. */
const SECTIONS: readonly Section[] = [
  { name: 'own', isFor: ({ kind }) => kind === 'enterprise' },
  { name: 'lists', isFor: () => true },
  { name: 'deliveries', isFor: ({ kind }) => kind === 'operator' || kind === 'provider' },
  { name: 'enterprises', isFor: () => true },
  { name: 'quality', isFor: ({ kind }) => kind === 'operator' || kind === 'provider' },
  { name: 'review', isFor: ({ roles }) => roles.includes('data_admin') },
];

const facts = await ask<NodeFacts>('/api/v1/node');
let session: Session | undefined;

async function readSession(): Promise<Session | undefined> {
  try {
    return await ask<Session>('/api/v1/session');
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

/** Draws the whole page for the address, the person and the language. */
function draw(): void {
  document.documentElement.lang = language() === 'zh' ? 'zh-CN' : 'en';
  document.title = `${say('brand')} · ${facts.name}`;
  const main = h('main', { id: 'main' });
  replace(document.body, skipLink(), facts.isSynthetic && strip(), header(), main, footer());
  const number = /^\/verify\/([A-Za-z0-9-]{4,40})$/.exec(location.pathname)?.[1];
  if (location.pathname.startsWith('/verify/')) verifyForm(main, number);
  else if (session === undefined) signInForm(main, { facts, signedIn });
  else drawView(main, session);
}

function drawView(main: HTMLElement, person: Session): void {
  const { name, rest } = place(person);
  const page: Page = { facts, session: person, rest };
  replace(main, h('p', { class: 'quiet', role: 'status' }, say('loading')));
  const view: View = VIEWS[name];
  view(main, page).then(
    () => main.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true }),
    (error: unknown) => (isSignedOut(error) ? signedOut() : showError(main, error)),
  );
}

/** Where the address points, if the person may go there. */
function place(person: Session): { name: Section['name']; rest: string } {
  const [, asked = '', rest = ''] = /^#\/([a-z]+)(?:\/(.*))?$/.exec(location.hash) ?? [];
  const open = SECTIONS.filter(({ isFor }) => isFor(person));
  const found = open.find(({ name }) => name === asked);
  if (found !== undefined) return { name: found.name, rest: decodeURIComponent(rest) };
  return { name: open[0]?.name ?? 'lists', rest: '' };
}

function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

function signedIn(person: Session): void {
  session = person;
  draw();
}

function signedOut(): void {
  session = undefined;
  location.hash = '';
  draw();
}

function skipLink(): Content {
  return h('a', { class: 'skip', href: '#main', onclick: skip }, say('skip'));
}

/** Moves the focus without changing the address, which says which view is shown. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('main h1')?.focus();
}

function strip(): Content {
  return h('div', { class: 'strip', role: 'note' }, say('synthetic'));
}

function header(): Content {
  return h(
    'header',
    { class: 'top' },
    h(
      'a',
      { class: 'brand', href: '/' },
      h('img', { src: '/assets/icon.svg', alt: '', width: 32, height: 32 }),
      h('span', {}, h('strong', {}, say('brand')), h('small', {}, facts.name)),
    ),
    session !== undefined && !location.pathname.startsWith('/verify/') && menu(session),
    h(
      'div',
      { class: 'person' },
      session !== undefined && h('span', { class: 'who' }, pick(session.label)),
      h(
        'button',
        {
          type: 'button',
          class: 'plain',
          lang: language() === 'zh' ? 'en' : 'zh-CN',
          onclick: switchLanguage,
        },
        say('otherLanguage'),
      ),
      session !== undefined &&
        h('button', { type: 'button', class: 'plain', onclick: signOut }, say('signOut')),
    ),
  );
}

function menu(person: Session): Content {
  const { name: current } = place(person);
  const links = SECTIONS.filter(({ isFor }) => isFor(person)).map(({ name }) =>
    h('li', {}, h('a', { href: `#/${name}`, 'aria-current': name === current && 'page' }, say(name))),
  );
  return h('nav', { 'aria-label': say('menu') }, h('ul', {}, links));
}

function footer(): Content {
  return h(
    'footer',
    {},
    h('span', {}, `${say('brand')} · ${say('tagline')}`),
    h('a', { href: '/verify/' }, say('verifyLink')),
    h('a', { href: '/api/docs/' }, say('docs')),
  );
}

function switchLanguage(): void {
  setLanguage(language() === 'zh' ? 'en' : 'zh');
  draw();
}

function signOut(): void {
  send('DELETE', '/api/v1/session').then(signedOut, (error: unknown) => {
    const main = document.querySelector('main');
    if (main !== null) showError(main, error);
  });
}

session = await readSession();
addEventListener('hashchange', draw);
draw();
