import type { CardModelCard, CardVariable } from '../cards/write-card-model-card.ts';
import { MODEL_STATE_ZH } from '../model-tables.ts';
import { drawCalibration } from './draw-calibration.ts';
import { drawMonths } from './draw-months.ts';
import { escapeXml, percent } from './svg.ts';

/** The model card of a scorecard as one page of its own: no script, nothing fetched, drawings inside. */
export function writeCardPage(card: CardModelCard): string {
  const { study } = card;
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeXml(card.name.zh)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(card.name.zh)}</h1>
<p lang="en">${escapeXml(card.name.en)}</p>
${table(['项目', 'Item', '内容'], describe(card))}
<h2>检验 Gates</h2>
${table(
  ['', '门槛 gate', '实际 found', '要求 asked'],
  card.gates.map(({ id, isPassed, found, asked }) => [isPassed ? '✓' : '✗', id, found, asked]),
)}
<h2>校准 Calibration by tenths（留出样本 held out）</h2>
<figure>${drawCalibration(study.holdout.figures.calibration.table)}</figure>
<h2>各月稳定性 Stability over months</h2>
<figure>${drawMonths(study.months)}</figure>
<h2>等级 Grades</h2>
${table(
  ['等级 grade', '最低分 score from', '坏账概率至多 chance at most'],
  card.grades.map(({ grade, scoreMin, chanceMax }) => [
    grade,
    scoreMin === null ? '—' : String(scoreMin),
    chanceMax === null ? '—' : percent(chanceMax),
  ]),
)}
<h2>变量 Variables</h2>
${card.variables.map(writeVariable).join('\n')}
</body>
</html>
`;
}

const STYLE =
  'body{font:14px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}table{border-collapse:collapse;margin:.5rem 0}td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}figure{margin:0;max-width:45rem}';

function describe(card: CardModelCard): string[][] {
  const { study, expectedAuc, artefacts } = card;
  const { fit, holdout } = study;
  const { auc, ks, brier, calibration } = holdout.figures;
  const { slope, expectedRate, observedRate } = calibration;
  const part = ({ from, to, goods, bads }: typeof fit | typeof holdout): string =>
    `${from} – ${to}，好 ${goods}，坏 ${bads}`;
  return [
    ['模型', 'model', card.model],
    ['状态', 'state', `${MODEL_STATE_ZH[card.state]} ${card.state}`],
    ['方案', 'plan', `${card.plan.id} ${card.plan.version}`],
    ['依据', 'basis', card.basis.join('；')],
    ['提出', 'proposed by', card.proposedBy],
    ['批准', 'approved by', card.approvedBy.join('、') || '—'],
    ['观察期', 'horizon', `${card.horizonMonths} 个月 months`],
    ['建卡样本', 'fitted on', part(fit)],
    ['留出样本', 'held out', part(holdout)],
    ['AUC（留出）', 'AUC held out', `${auc.toFixed(4)} ± ${holdout.aucError.toFixed(4)}`],
    ['AUC（建卡）', 'AUC fitted', fit.auc.toFixed(4)],
    [
      '预期 AUC',
      'expected AUC',
      expectedAuc === null ? '—' : `${expectedAuc.from} – ${expectedAuc.to}；${expectedAuc.basis}`,
    ],
    ['KS，Brier', 'KS, Brier', `${ks.toFixed(4)}，${brier.toFixed(4)}`],
    [
      '坏账率，预期，校准斜率',
      'bad rate, expected, slope',
      [percent(observedRate), percent(expectedRate), slope?.toFixed(3) ?? '—'].join('，'),
    ],
    [
      '最近稳定性',
      'latest PSI',
      `${study.latest.psi.toFixed(4)}（自 ${study.latest.from}，${study.latest.rows} 笔）`,
    ],
    ['数据时点', 'known at', study.knownAt],
    ['训练集摘要', 'root of the loans', study.root],
    ...Object.entries(artefacts).flatMap(([name, hash]) =>
      typeof hash === 'string' ? [[`哈希 ${name}`, name, hash]] : [],
    ),
  ];
}

function writeVariable({ indicator, name, coefficient, iv, bins }: CardVariable): string {
  const rows = bins.map(({ label, rows: count, badRate, points }) => [
    label,
    String(count),
    badRate === null ? '—' : percent(badRate),
    String(points),
  ]);
  return `<h3>${escapeXml(name.zh)} <small lang="en">${escapeXml(name.en)}</small></h3>
<p>${escapeXml(indicator)}，IV ${iv.toFixed(4)}，β ${coefficient.toFixed(4)}</p>
${table(['分箱 bin', '笔数 rows', '坏账率 bad rate', '分值 points'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>\n${[cells('th', head), ...rows.map((row) => cells('td', row))].join('\n')}\n</table>`;
}
