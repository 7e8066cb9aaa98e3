/** The longest delay of a timer: with a longer one, it fires at once. */
export const MAX_DELAY: number = 2 ** 31 - 1;
