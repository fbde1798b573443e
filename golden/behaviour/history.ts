// What tsc must accept and refuse of a page of history, and that its events and those of the channel are
// alike. Nothing here runs: compiling is the test.

import { createClient, type BoardCardMoved, type Card, type ChannelEvent } from '../channels/ts/index.js';
import type { Channels } from '../channels/ts/operations.js';

type BoardEvent = ChannelEvent<Channels['board']>;

export async function events(): Promise<void> {
  const client = createClient();
  const path = { boardId: 'b', lane: 1 };
  const first = await client.laneEvents({ path, query: { limit: 10 } });
  if (!first.ok) {
    const gone: 410 = first.status;
    return void gone;
  }
  for (const event of first.body.events) {
    if (event.type === 'card.added') {
      const card: Card = event.data;
      // @ts-expect-error that is in the data of another event
      event.data.to;
      void card;
    } else {
      const moved: BoardCardMoved = event.data;
      void moved;
    }
    // @ts-expect-error there is no such event
    if (event.type === 'card.lost') return;
    const live: BoardEvent = event; // one function serves both
    void live;
  }
  await client.laneEvents({ path, query: { after: first.body.next } });
  // @ts-expect-error a position is a string
  await client.laneEvents({ path, query: { after: 1 } });
}
