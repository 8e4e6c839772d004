import { describe, expect, test } from "vitest";
import { openBreaker } from "../../src/notifier/breaker.js";

/** Times of the attempts that `lanes` make, who ask whenever they may, while every attempt fails at once. */
function attempts(lanes: number, untilMilliseconds: number): number[] {
  const breaker = openBreaker();
  const asksAt = Array.from({ length: lanes }, () => 0);
  const made: number[] = [];
  for (let at = 0; at < untilMilliseconds; at += 100) {
    for (const [lane, asks] of asksAt.entries()) {
      if (asks > at) continue;
      const wait = breaker.ask(at);
      asksAt[lane] = at + Math.max(100, wait);
      if (wait > 0) continue;
      made.push(at);
      breaker.failed(at);
    }
  }
  return made;
}

describe("the breaker of a sink", () => {
  test("lets five failures pass, then one attempt every ten seconds, however many want one", () => {
    const made = attempts(500, 300_000);
    expect(made.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(made.slice(5)).toEqual(Array.from({ length: 29 }, (_, index) => (index + 1) * 10_000));
  });

  test("lets one go when half open, and all when that one was answered", () => {
    const breaker = openBreaker();
    for (let count = 0; count < 5; count += 1) breaker.failed(0);
    expect(breaker.ask(4_000)).toBe(6_000);
    expect(breaker.ask(10_000)).toBe(0);
    expect(breaker.ask(10_000)).toBe(1_000);
    breaker.answered();
    expect([breaker.ask(10_001), breaker.ask(10_001)]).toEqual([0, 0]);
  });

  test("lets another go in the place of one that came to no end", () => {
    const breaker = openBreaker();
    for (let count = 0; count < 5; count += 1) breaker.failed(0);
    expect(breaker.ask(10_000)).toBe(0);
    breaker.left();
    expect(breaker.ask(10_000)).toBe(0);
  });

  test("forgets failures that an answer came between", () => {
    const breaker = openBreaker();
    for (let count = 0; count < 20; count += 1) {
      breaker.failed(0);
      if (count % 4 === 3) breaker.answered();
    }
    expect(breaker.ask(0)).toBe(0);
  });

  test("leaves alone who asks for it, but not for ever", () => {
    const breaker = openBreaker();
    breaker.failed(0, 30_000);
    expect(breaker.ask(1_000)).toBe(29_000);
    expect(breaker.ask(30_000)).toBe(0);
    breaker.failed(30_000, 365 * 86_400_000);
    expect(breaker.ask(30_000)).toBe(600_000);
  });
});
