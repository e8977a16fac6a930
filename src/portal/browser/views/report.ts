import { type Content, field, h, replace } from '../dom.ts';
import { say } from '../language.ts';

/**
 * The report of one enterprise in a frame that can run nothing, with its other forms. `purpose` is `self` for the
 * enterprise's own account. Nothing is issued before the person asks for it.
 */
export function reportPanel(code: string, purpose: 'public_report' | 'self'): Content {
  const asOf = h('input', { type: 'date', max: today() });
  const place = h('div', {});
  const show = (event: Event): void => {
    event.preventDefault();
    const frame = h('iframe', { title: say('report'), sandbox: '', class: 'report', src: pathOf('html') });
    replace(place, frame);
  };
  const pathOf = (format: string): string => {
    const query = new URLSearchParams({ format, purpose });
    if (asOf.value !== '') query.set('asOf', asOf.value);
    return `/api/v1/enterprises/${encodeURIComponent(code)}/report?${query.toString()}`;
  };
  /** The address is made when the link is used, so that it carries the day that is chosen then. */
  const link = (format: 'pdf' | 'json'): HTMLElement =>
    h(
      'a',
      {
        href: pathOf(format),
        class: 'button',
        target: '_blank',
        rel: 'noopener',
        onclick: (event: Event) => {
          if (event.currentTarget instanceof HTMLAnchorElement) event.currentTarget.href = pathOf(format);
        },
      },
      format.toUpperCase(),
    );
  return [
    h('p', { class: 'quiet' }, say('reportTrace')),
    h(
      'form',
      { class: 'bar', onsubmit: show },
      field(say('asOf'), asOf, say('asOfHint')),
      h('button', { type: 'submit', class: 'main' }, say('show')),
      link('pdf'),
      link('json'),
    ),
    place,
  ];
}

/** The calendar date in Beijing. */
function today(): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());
}
