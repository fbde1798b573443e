package runtime

import "encoding/json"

func (rt *realtime) encodeEvent(e *eventType, data any) ([]byte, error) { return json.Marshal(data) }

func (rt *realtime) checkEvent(e *eventType, data []byte) ([]byte, error) { return data, nil }

func (rt *realtime) project(schema string, data []byte) ([]byte, error) { return data, nil }
