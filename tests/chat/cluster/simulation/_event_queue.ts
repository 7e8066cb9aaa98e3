interface Event {
  readonly time: number;
  readonly number: number;
  readonly act: () => void;
}

/** Virtual time: events happen in the order of their times. */
export class EventQueue {
  now = 1_000_000;
  /** A binary heap. */
  readonly #events: Event[] = [];
  #count = 0;

  /** Plans an event after a delay. */
  after(delay: number, act: () => void): void {
    const events = this.#events;
    const event = { time: this.now + delay, number: this.#count++, act };
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent])) break;
      events[index] = events[parent];
      index = parent;
    }
    events[index] = event;
  }

  /** Lets a time pass. */
  run(duration: number): void {
    const end = this.now + duration;
    while (this.#events.length > 0 && this.#events[0].time <= end) {
      const [{ time, act }] = this.#events;
      this.#removeFirst();
      this.now = time;
      act();
    }
    this.now = end;
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= events.length) break;
      if (
        child + 1 < events.length && isBefore(events[child + 1], events[child])
      ) child++;
      if (!isBefore(events[child], last)) break;
      events[index] = events[child];
      index = child;
    }
    events[index] = last;
  }
}

function isBefore(left: Event, right: Event): boolean {
  return left.time - right.time < 0 ||
    left.time === right.time && left.number < right.number;
}
