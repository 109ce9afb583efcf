// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	jsonserialization "github.com/microsoft/kiota-serialization-json-go"
)

// BatchSize is how many parts Graph takes in one JSON batch: https://learn.microsoft.com/graph/json-batching. The batches of
// msgraph-sdk-go-core are not used: one part whose body is not a JSON object, such as the HTML of a proxy, makes it lose the answers of
// all others, and one whose header is not a string makes it panic.
const BatchSize = 20

// batchRequest is the body of a batch.
type batchRequest struct {
	Requests []partRequest `json:"requests"`
}

// partRequest is a request in a batch. Graph refuses a batch in which a write lacks body or type.
type partRequest struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    json.RawMessage   `json:"body,omitempty"`
}

// batchAnswer is the body of the answer to a batch, in any order.
type batchAnswer struct {
	Responses []partAnswer `json:"responses"`
}

// partAnswer is the answer to a request in a batch.
type partAnswer struct {
	ID      string          `json:"id"`
	Status  int             `json:"status"`
	Headers map[string]any  `json:"headers"`
	Body    json.RawMessage `json:"body"`
}

// header returns the headers with the names in http's spelling: in a batch they come in any letter case.
func (a partAnswer) header() http.Header {
	header := make(http.Header, len(a.Headers))
	for name, value := range a.Headers {
		header.Set(name, fmt.Sprint(value))
	}
	return header
}

// sendBatch sends requests of one version of Graph together, and returns the answer to each, in the requests' order: a part without one
// has status 0. The batch itself is retried like any request; the parts are not. What is noted is that of the batch.
func (c *Client) sendBatch(ctx context.Context, version string, requests []*abstractions.RequestInformation, waits *waiting) ([]partAnswer, *exchange, error) {
	noted := c.newExchange()
	noted.envelope, noted.waiting = true, waits
	body, err := batchOf(version, requests)
	if err != nil {
		return nil, noted, err
	}
	request := abstractions.NewRequestInformation()
	request.Method = abstractions.POST
	request.UrlTemplate = "{+baseurl}/" + version + "/$batch"
	request.SetStreamContentAndContentType(body, "application/json")
	noted.addTo(request)

	answer, err := c.adapter.SendPrimitive(ctx, request, "[]byte", errorMappings)
	if err := c.failure(ctx, noted, err); err != nil {
		return nil, noted, err
	}
	text, _ := answer.([]byte) // An answer without a body is none.
	var whole batchAnswer
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, noted, noted.explain(fmt.Errorf("the answer to a batch cannot be read: %w", err))
	}
	answers := make([]partAnswer, len(requests))
	for _, part := range whole.Responses {
		if i, err := strconv.Atoi(part.ID); err == nil && 0 <= i && i < len(answers) {
			answers[i] = part
		}
	}
	return answers, noted, nil
}

// batchOf is the body of a batch of these requests, whose ids are their indices.
func batchOf(version string, requests []*abstractions.RequestInformation) ([]byte, error) {
	batch := batchRequest{Requests: make([]partRequest, len(requests))}
	for i, request := range requests {
		request.PathParameters["baseurl"] = ""
		uri, err := request.GetUri()
		if err != nil {
			return nil, err
		}
		part := partRequest{ID: strconv.Itoa(i), Method: request.Method.String(), URL: strings.TrimPrefix(uri.String(), "/"+version), Body: request.Content}
		if types := request.Headers.Get("Content-Type"); len(types) > 0 {
			part.Headers = map[string]string{"Content-Type": types[0]}
		}
		batch.Requests[i] = part
	}
	return json.Marshal(batch)
}

// refuseBatch makes an answer to a batch the 401 of its first part where Graph refused the token of each, and returns the body: Graph itself
// answers 200, which would keep the old token in use and the challenge unmet.
func refuseBatch(response *http.Response, body []byte) []byte {
	var answer batchAnswer
	accepted := func(part partAnswer) bool { return part.Status != http.StatusUnauthorized }
	if json.Unmarshal(body, &answer) != nil || len(answer.Responses) == 0 || slices.ContainsFunc(answer.Responses, accepted) {
		return body
	}
	first := answer.Responses[0]
	response.StatusCode, response.Status = http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)
	if challenge := first.header().Get("WWW-Authenticate"); challenge != "" {
		response.Header.Set("WWW-Authenticate", challenge)
	}
	return first.Body
}

// answeredPart notes the answer to a request that was sent in a batch, and reports whether another try might change it. The wait
// until then is noted.
func (c *Client) answeredPart(ctx context.Context, request *abstractions.RequestInformation, noted *exchange, answer partAnswer, batch *exchange) (again bool) {
	noted.tries++
	noted.clientRequestID = batch.clientRequestID
	noted.ended = c.clock.Now()
	if answer.Status == 0 {
		noted.failed(errors.New("the answer to the batch leaves this request out"))
		return true
	}
	header := answer.header()
	for _, name := range []string{"request-id", "Date"} {
		if header.Get(name) == "" {
			header.Set(name, batch.header.Get(name))
		}
	}
	noted.status, noted.header, noted.fault, noted.body = answer.Status, header, nil, answer.Body
	logPart(ctx, request, noted)
	return noted.again(noted.ended)
}

// logPart writes one debug line for a try of a request in a batch.
func logPart(ctx context.Context, request *abstractions.RequestInformation, noted *exchange) {
	fields := map[string]any{
		"method": request.Method.String(), "status": noted.status, "try": noted.tries, "request_id": noted.requestID(), "client_request_id": noted.clientRequestID,
	}
	if uri, err := request.GetUri(); err == nil {
		fields["path"] = uri.Path
	}
	tflog.Debug(ctx, "Microsoft Graph request in a batch", fields)
}

// partFailure decodes the answer that is noted of a request in a batch, and tells what is wrong with it; nil is nothing.
func partFailure(noted *exchange, reply serialization.Parsable) error {
	if noted.status == 0 {
		return noted.explain(noted.fault)
	}
	decoded := reply
	if !noted.succeeded() {
		decoded, _ = newErrorBody(nil)
	}
	if err := decode(noted.body, decoded); err != nil {
		return noted.explain(err)
	}
	if failure, ok := decoded.(error); ok {
		return noted.explain(failure)
	}
	return nil
}

// decode reads JSON into a model of Kiota's. No body leaves the model empty.
func decode(body []byte, into serialization.Parsable) error {
	if len(body) == 0 || bytes.Equal(body, []byte("null")) {
		return nil
	}
	node, err := jsonserialization.NewJsonParseNode(body)
	if err != nil {
		return err
	}
	_, err = node.GetObjectValue(func(serialization.ParseNode) (serialization.Parsable, error) { return into, nil })
	return err
}
