import { RoomModel } from "../chat/room/_room_model.ts";
import { property } from "./_property.ts";

type ScheduleCase = { seed: number; steps: number };

/** Users who join, talk, rename, get lost and come back, against a model. */
export const chatRoomProperty = property<ScheduleCase>({
  name: "ChatRoom keeps its promises over any schedule",
  runs: 12,
  generate: (random) => ({
    seed: random.int(0, 2 ** 31),
    steps: random.int(1, 800),
  }),
  check: ({ seed, steps }) => {
    const model = new RoomModel(Math.trunc(seed));
    for (let step = 0; step < steps; step++) model.step();
  },
});
