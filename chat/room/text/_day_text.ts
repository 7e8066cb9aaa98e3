/**
 * Makes the function that gives the date and the weekday of a time, such as
 * `2026-01-01, Thursday`.
 *
 * @param language A language tag (BCP 47) for the weekday.
 * @param timeZone By default that of this machine.
 */
export function dayFormat(
  language: string,
  timeZone?: string,
): (time: number) => string {
  let formats: [dates: Intl.DateTimeFormat, weekdays: Intl.DateTimeFormat];
  return (time) => {
    const date = new Date(time);
    if (Number.isNaN(date.getTime())) return "";
    formats ??= [
      // Dates in Swedish have the form of ISO 8601.
      new Intl.DateTimeFormat("sv", { timeZone, dateStyle: "short" }),
      new Intl.DateTimeFormat(language, { timeZone, weekday: "long" }),
    ];
    const [dates, weekdays] = formats;
    return `${dates.format(date)}, ${weekdays.format(date)}`;
  };
}

/** Tells when times come to another day. */
export class DayChanges {
  readonly #textOf: (time: number) => string;
  #day: string;

  /**
   * @param textOf The text for the day of a time.
   * @param time A time on the day that is known; none if it is `NaN`.
   */
  constructor(textOf: (time: number) => string, time: number = NaN) {
    this.#textOf = textOf;
    this.#day = textOf(time);
  }

  /** The day of the next time, if it is another one; otherwise empty. */
  next(time: number): string {
    const day = this.#textOf(time);
    if (day === this.#day) return "";
    this.#day = day;
    return day;
  }
}
