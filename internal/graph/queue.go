// Copyright (c) Seed 7dc6cf1c maintainers
// SPDX-License-Identifier: MPL-2.0

package graph

import "container/heap"

// queue hands out its items in an order of their own.
type queue[T any] struct {
	items  []T
	before func(a, b T) bool
}

func (q *queue[T]) length() int { return len(q.items) }

// first is the item that is before all others.
func (q *queue[T]) first() T { return q.items[0] }

func (q *queue[T]) add(item T) { heap.Push((*heaped[T])(q), item) }

// take removes the first item.
func (q *queue[T]) take() T {
	item, _ := heap.Pop((*heaped[T])(q)).(T)
	return item
}

// heaped is a queue as package heap sees it.
type heaped[T any] queue[T]

func (h *heaped[T]) Len() int           { return len(h.items) }
func (h *heaped[T]) Less(i, j int) bool { return h.before(h.items[i], h.items[j]) }
func (h *heaped[T]) Swap(i, j int)      { h.items[i], h.items[j] = h.items[j], h.items[i] }

// Push appends an item.
func (h *heaped[T]) Push(item any) {
	added, _ := item.(T)
	h.items = append(h.items, added)
}

// Pop removes the last item, and keeps nothing of it.
func (h *heaped[T]) Pop() any {
	last := len(h.items) - 1
	item := h.items[last]
	h.items[last] = *new(T)
	h.items = h.items[:last]
	return item
}
