import { assertEquals } from "@std/assert";
import { BackgroundSteps } from "../../../chat/store/_background_steps.ts";
import { until } from "./_store_kit.ts";

Deno.test("BackgroundSteps does all steps, and begins anew when it is told", async () => {
  let left = 3;
  let count = 0;
  const steps = new BackgroundSteps({
    step: () => {
      count++;
      left--;
      return left > 0;
    },
    onError: () => {},
    interval: Infinity,
  });
  steps.start();
  steps.start();
  await until(() => left === 0);
  assertEquals(count, 3);
  left = 2;
  steps.start();
  await until(() => left === 0);
  assertEquals(count, 5);
  steps.stop();
});

Deno.test("BackgroundSteps begins anew after its interval", async () => {
  let count = 0;
  const steps = new BackgroundSteps({
    step: () => {
      count++;
      return false;
    },
    onError: () => {},
    interval: 1,
  });
  steps.start();
  await until(() => count >= 3);
  steps.stop();
});

Deno.test("BackgroundSteps reports what a step throws", async () => {
  const errors: string[] = [];
  const steps = new BackgroundSteps({
    step: () => {
      throw new RangeError("Thrown by the test");
    },
    onError: (error) => errors.push(String(error)),
    interval: Infinity,
  });
  steps.start();
  await until(() => errors.length > 0);
  assertEquals(errors, ["RangeError: Thrown by the test"]);
  // Without it, the timer that tries again would be left.
  steps.stop();
});

Deno.test("BackgroundSteps takes no step after it was stopped, also by a step", async () => {
  let count = 0;
  const steps = new BackgroundSteps({
    step: () => {
      count++;
      steps.stop();
      return true;
    },
    onError: () => {},
    interval: 1,
  });
  // Steps of others show that there was time.
  let taken = 0;
  const others = new BackgroundSteps({
    step: () => {
      taken++;
      return true;
    },
    onError: () => {},
    interval: Infinity,
  });
  steps.start();
  others.start();
  await until(() => count === 1 && taken > 3);
  steps.start();
  await until(() => taken > 7);
  assertEquals(count, 1);
  others.stop();
});
