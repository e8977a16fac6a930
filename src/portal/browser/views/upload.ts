import { type ListLine, upload } from '../api.ts';
import { field, h, replace } from '../dom.ts';
import { label, say, share } from '../language.ts';
import { guarded } from '../view.ts';

/** Hands in one file of one dataset; `delivered` is called when the node has answered. */
export function uploadForm(lists: readonly ListLine[], delivered: () => Promise<void>): HTMLElement {
  const contract = h(
    'select',
    {},
    lists.map(({ id, name }) => h('option', { value: id }, `${name} ${id}`)),
  );
  const file = h('input', { type: 'file', required: true });
  const isWithdrawal = h('input', { type: 'checkbox' });
  const progress = h('progress', { max: 1, value: 0, hidden: true });
  const said = h('div', { role: 'status' });
  const button = h('button', { type: 'submit', class: 'main' }, say('uploadButton'));
  const submit = guarded(said, async () => {
    const [chosen] = file.files ?? [];
    if (chosen === undefined) return;
    button.disabled = true;
    progress.hidden = false;
    const path = pathOf(contract.value, { fileName: chosen.name, isWithdrawal: isWithdrawal.checked });
    const show = (done: number): void => {
      progress.value = done;
      replace(said, done < 1 ? say('uploading', { share: share(done) }) : say('processing'));
    };
    try {
      const { state } = await upload(path, chosen, show);
      const isDone = state !== 'received' && state !== 'publishing';
      replace(said, isDone ? say('uploadDone', { state: label('state', state) }) : say('uploadGoesOn'));
      await delivered();
    } finally {
      button.disabled = false;
      progress.hidden = true;
    }
  });
  return h(
    'details',
    { class: 'card' },
    h('summary', {}, say('uploadTitle')),
    h(
      'form',
      { onsubmit: submit },
      field(say('dataset'), contract),
      field(say('file'), file, say('uploadHint')),
      h('label', { class: 'choice' }, isWithdrawal, say('withdrawal')),
      button,
      progress,
      said,
    ),
  );
}

function pathOf(
  contract: string,
  { fileName, isWithdrawal }: { fileName: string; isWithdrawal: boolean },
): string {
  const query = new URLSearchParams({
    fileName: fileName.slice(0, 200),
    kind: isWithdrawal ? 'withdrawal' : 'records',
  });
  return `/api/v1/deliveries/${contract}?${query.toString()}`;
}
