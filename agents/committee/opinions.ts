/** What the members of the committee say to each other: plain JSON, told apart by `kind`. */

/** From most to least inclined to put money in. `reduce`: also cut what is held already. */
export const CHOICES = ['buy', 'buy-partial', 'hold', 'avoid', 'reduce'] as const;
export type Choice = (typeof CHOICES)[number];

export type Metrics = { readonly [name: string]: number | string | null };

export interface NotApplicable {
  readonly indicator: string;
  readonly reason: string;
}

/** What an analyst finds. A score of 1 is as strong a case for buying as there can be, -1 as strong a case against. */
export interface Assessment {
  readonly score: number;
  /** 0 to 1. */
  readonly confidence: number;
  /** One plain sentence with numbers. */
  readonly headline: string;
  readonly metrics: Metrics;
  readonly evidence: readonly string[];
  /** Indicators that these data cannot give, and why; never replaced by a guess. */
  readonly notApplicable: readonly NotApplicable[];
}

export interface Analysis extends Assessment {
  readonly kind: 'analysis';
  readonly agent: string;
  /** Last day that was known. */
  readonly asOf: string;
  readonly stance: Choice;
}

/** A price at the next close that would turn the analyst's stance. */
export interface TurningPoint {
  readonly price: number;
  /** In percent from the last close. */
  readonly change: number;
  readonly stance: Choice;
}

/** An analyst at the round table, having heard those before. */
export interface Presentation {
  readonly kind: 'presentation';
  readonly agent: string;
  readonly stance: Choice;
  readonly score: number;
  readonly confidence: number;
  readonly statement: string;
  readonly agreesWith: readonly string[];
  readonly disagreesWith: readonly string[];
  readonly turnsAt: readonly TurningPoint[];
}

export type Severity = 'low' | 'medium' | 'high';

export interface Challenge {
  readonly id: string;
  readonly agent: string;
  readonly attack: 'track-record' | 'sub-periods' | 'contradiction';
  /** What the analyst said. */
  readonly claim: string;
  readonly counterEvidence: string;
  readonly severity: Severity;
  /** The confidence is multiplied by this if the challenge is conceded, by its square root if it is contested. */
  readonly confidenceFactor: number;
}

export interface Analogue {
  readonly date: string;
  /** Simple return over the horizon that followed. */
  readonly return: number;
  /** Deepest point on the way. */
  readonly worst: number;
}

/** The attack of the red team on the committee. */
export interface Attack {
  readonly kind: 'attack';
  readonly agent: string;
  readonly headline: string;
  readonly challenges: readonly Challenge[];
  /** Past days that looked most like this one, worst outcome first. */
  readonly analogues: readonly Analogue[];
  readonly baseRate: { readonly positive: number; readonly meanReturn: number; readonly windows: number };
  /** The side that the committee leans to, before the debate. */
  readonly leaning: number;
}

export interface Defence {
  readonly kind: 'defence';
  readonly agent: string;
  /** After the debate. */
  readonly confidence: number;
  readonly replies: readonly {
    readonly challenge: string;
    readonly response: 'concede' | 'contest';
    readonly why: string;
  }[];
}

export interface Vote {
  readonly kind: 'vote';
  readonly agent: string;
  readonly choice: Choice;
  readonly weight: number;
  /** The weight as a ballot says it, 0 to 1. */
  readonly confidence: number;
  readonly score: number;
  readonly reason: string;
}

/** The choice that one analyst's score stands for. */
export function choiceOf(score: number): Choice {
  if (score >= 0.4) return 'buy';
  if (score >= 0.15) return 'buy-partial';
  if (score > -0.15) return 'hold';
  return score > -0.5 ? 'avoid' : 'reduce';
}

/** 1 for the choices that put money in, -1 for those against, 0 for waiting. */
export function sideOf(choice: Choice): -1 | 0 | 1 {
  if (choice === 'hold') return 0;
  return choice === 'buy' || choice === 'buy-partial' ? 1 : -1;
}
