/** The limits of a chat that no option changes. */
export const LIMITS = {
  /** Characters of a nickname or of a room's name. */
  nameLength: 32,
  /** Characters of a topic: all topics are sent together in one list. */
  topicLength: 200,
  /** Characters of an operator's reason for a kick, a ban or a mute. */
  reasonLength: 200,
  /** Characters of a user's input that an error repeats. */
  subjectLength: 64,
  /** Rooms that a user may be in at once. */
  roomsPerUser: 10,
  /** Characters of the name of a tab or device. */
  deviceLength: 64,
  /** Connections of a user at once, and secrets that resume a session. */
  devices: 8,
  /** Users that one may ignore. */
  ignored: 100,
  /** Users that may be invited to a room and have not come. */
  invited: 100,
  /** Links to other devices at once, of all users. */
  links: 1_000,
  /** Milliseconds for which a link is valid. */
  linkTime: 5 * 60_000,
  /** Messages that a room keeps. */
  history: 100,
  /** Messages that a user who enters a room gets. */
  historyOnEntry: 20,
  /** Bytes of messages in one answer, so that it fits into an outgoing queue. */
  answerBytes: 48 * 1024,
  /** Users in a list. */
  listedUsers: 1_000,
  /** Users in a room beyond which it is large: only their number is told. */
  noticedUsers: 1_000,
  /** Users in the list that describes a large room. */
  listedOnEntry: 100,
  /** Minutes of a ban: a week. */
  banMinutes: 7 * 24 * 60,
  /** Milliseconds for which the operators' token holds for an account: a week. */
  operatorTime: 7 * 24 * 60 * 60_000,
} as const;
