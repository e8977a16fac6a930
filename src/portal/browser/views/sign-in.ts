import { type NodeFacts, send, type Session } from '../api.ts';
import { field, h, replace } from '../dom.ts';
import { say } from '../language.ts';
import { guarded, heading } from '../view.ts';

type Parts = { readonly facts: NodeFacts; readonly signedIn: (session: Session) => void };

export function signInForm(main: HTMLElement, { facts, signedIn }: Parts): void {
  const login = h('input', {
    name: 'login',
    autocomplete: 'username',
    autocapitalize: 'none',
    spellcheck: 'false',
    required: true,
  });
  const password = h('input', {
    name: 'password',
    type: 'password',
    autocomplete: 'current-password',
    required: true,
  });
  const problem = h('div', {});
  const submit = guarded(problem, async () => {
    replace(problem);
    signedIn(
      await send<Session>('POST', '/api/v1/session', { login: login.value, password: password.value }),
    );
  });
  const { passwords, outside } = facts.signIn;
  replace(
    main,
    h(
      'section',
      { class: 'narrow card' },
      heading(say('signIn'), say('tagline')),
      outside !== null &&
        h(
          'p',
          {},
          h('a', { href: '/sign-in/outside', class: 'button main' }, `${say('signInAt')} ${outside}`),
        ),
      passwords &&
        h(
          'form',
          { onsubmit: submit },
          field(say('login'), login),
          field(say('password'), password),
          problem,
          h('button', { type: 'submit', class: 'main' }, say('signIn')),
        ),
      facts.isDemonstration && h('p', { class: 'quiet' }, say('demonstrationAccounts')),
    ),
  );
  if (passwords) login.focus();
}
