import type { AssessmentTemplate, Question } from '../definition/load-processing.ts';
import { PROCESSING_LIMITS } from '../processing-limits.ts';
import { processingRefusal } from '../processing-refusals.ts';

export type Risk = 'low' | 'medium' | 'high';
/** By the id of the question: `yes`, `no`, a level, or words. */
export type Answers = Readonly<Record<string, string>>;

const LEVELS: readonly Risk[] = ['low', 'medium', 'high'];

/**
 * Checks one answer to each question and none beside them. The risk is the highest level named; an answer that is not the wanted
 * one makes it high. Throws `processing.answers_not_valid` with each reason.
 */
export function judgeAnswers({ questions }: AssessmentTemplate, answers: Answers): Risk {
  const known = new Set(questions.map(({ id }) => id));
  const faults = [
    ...Object.keys(answers)
      .filter((id) => !known.has(id))
      .map((id) => `${id.slice(0, 60)}: no such question`),
    ...questions.flatMap((question) => faultOf(question, answers[question.id])),
  ];
  if (faults.length > 0)
    throw processingRefusal('processing.answers_not_valid', { reasons: faults.slice(0, 10).join('; ') });
  const ranks = questions.map((question) => rankOf(question, answers[question.id] ?? ''));
  return LEVELS[Math.max(0, ...ranks)] ?? 'high';
}

function faultOf(question: Question, answer: string | undefined): string[] {
  if (answer === undefined || answer.trim() === '') return [`${question.id}: missing`];
  if (question.kind === 'text')
    return answer.length > PROCESSING_LIMITS.wordsCharactersMax ? [`${question.id}: too long`] : [];
  const allowed: readonly string[] = question.kind === 'yes_no' ? ['yes', 'no'] : LEVELS;
  return allowed.includes(answer) ? [] : [`${question.id}: ${allowed.join(' | ')}`];
}

function rankOf(question: Question, answer: string): number {
  if (question.kind === 'text') return 0;
  if (question.kind === 'level') return LEVELS.findIndex((level) => level === answer);
  return answer === question.wanted ? 0 : LEVELS.length - 1;
}
