import { type CardModel, type CardModelCard, MODEL_STATE_ZH, type StudiedCard } from '#evaluation';
import { table } from './output.ts';

/** A fitted card in a few lines: parts, figures out of sample, months. */
function showStudy({ card, study }: StudiedCard): string {
  const { fit, holdout, latest } = study;
  const { auc, ks, calibration } = holdout.figures;
  return [
    `评分卡 ${card.hash.slice(0, 12)}：${card.binnings.map(({ variable }) => variable).join('、')}`,
    `建卡 ${fit.from} 至 ${fit.to}：好 ${fit.goods}，坏 ${fit.bads}，AUC ${fit.auc.toFixed(4)}`,
    `留出 ${holdout.from} 至 ${holdout.to}：好 ${holdout.goods}，坏 ${holdout.bads}，AUC ${auc.toFixed(4)} ± ${holdout.aucError.toFixed(4)}，KS ${ks.toFixed(4)}`,
    `坏账率：预期 ${percent(calibration.expectedRate)}，实际 ${percent(calibration.observedRate)}`,
    `最近稳定性：PSI ${latest.psi.toFixed(4)}（自 ${latest.from}，${latest.rows} 笔）`,
    table(
      ['月份', '笔数', '坏', '坏账率', '预期', 'PSI', '样本'],
      study.months.map((one) => [
        one.month,
        one.rows,
        one.bads,
        percent(one.badRate),
        percent(one.expectedRate),
        one.psi.toFixed(3),
        one.isHeldOut ? '留出' : '建卡',
      ]),
    ),
  ].join('\n');
}

export function showFitted(model: CardModel): string {
  return `模型 ${model.hash}\n${showStudy(model)}`;
}

/** The model card as text; the page with its drawings is `--html`. */
export function showCardModelCard(card: CardModelCard): string {
  const { auc } = card.study.holdout.figures;
  return [
    `${card.name.zh}（${MODEL_STATE_ZH[card.state]}）`,
    `模型 ${card.model}，方案 ${card.plan.id} ${card.plan.version}`,
    `提出 ${card.proposedBy}；批准 ${card.approvedBy.join('、') || '—'}`,
    `AUC（留出）${auc.toFixed(4)} ± ${card.study.holdout.aucError.toFixed(4)}`,
    ...card.gates.map(
      ({ id, isPassed, found, asked }) => `  ${isPassed ? '✓' : '✗'} ${id}：${found}（${asked}）`,
    ),
    table(
      ['等级', '最低分'],
      card.grades.map(({ grade, scoreMin }) => [grade, scoreMin ?? '—']),
    ),
  ].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
