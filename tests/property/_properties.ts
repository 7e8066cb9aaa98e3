import { deadlinesProperties } from "./_deadlines_property.ts";
import {
  addressTextProperty,
  ipSetProperty,
  ipTextProperty,
  ipv6Property,
} from "./_addresses_property.ts";
import {
  chatLinesProperty,
  telnetLinesProperty,
} from "./_chat_lines_property.ts";
import { chatRoomProperty } from "./_chat_room_property.ts";
import {
  deflateProperty,
  inflateGarbageProperty,
} from "./_deflate_property.ts";
import { faultsProperties } from "./_faults_property.ts";
import { frameNoiseProperty, framesProperty } from "./_frames_property.ts";
import {
  extensionsProperty,
  handshakeProperty,
} from "./_handshake_property.ts";
import {
  requestHeadProperty,
  responseHeadProperty,
  statusLineProperty,
} from "./_heads_property.ts";
import { messagesProperty } from "./_messages_property.ts";
import type { Property } from "./_property.ts";
import { proxyHandshakeProperty } from "./_proxy_handshake_property.ts";
import {
  proxyHeaderProperty,
  proxyNoiseProperty,
} from "./_proxy_protocol_property.ts";
import { streamLinesProperties } from "./_stream_lines_property.ts";
import { topicsProperty } from "./_topics_property.ts";
import { utf8Property } from "./_utf8_property.ts";

/** All properties, which the tests check and the fuzzer goes on checking. */
export const PROPERTIES: readonly Property[] = [
  utf8Property,
  ...streamLinesProperties,
  framesProperty,
  frameNoiseProperty,
  requestHeadProperty,
  responseHeadProperty,
  statusLineProperty,
  handshakeProperty,
  extensionsProperty,
  deflateProperty,
  inflateGarbageProperty,
  addressTextProperty,
  ipv6Property,
  ipTextProperty,
  ipSetProperty,
  proxyHeaderProperty,
  proxyNoiseProperty,
  proxyHandshakeProperty,
  chatLinesProperty,
  telnetLinesProperty,
  chatRoomProperty,
  ...deadlinesProperties,
  messagesProperty,
  topicsProperty,
  ...faultsProperties,
];
