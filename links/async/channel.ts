export {
  Channel,
  ChannelClosedError,
  type ChannelOptions,
  type ChannelReceiveOptions,
  type ChannelReceiveResult,
  type ChannelSendOptions,
} from "./mod.js";
