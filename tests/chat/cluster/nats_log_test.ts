import { hasProgram } from "../_child.ts";
import { testLogContract } from "./_log_contract.ts";
import { ENTRY, NatsBroker } from "./_nats_broker.ts";

const ignore = ENTRY === undefined || !hasProgram("nats-server");

testLogContract("natsLog()", { start: () => NatsBroker.start(), ignore });
