// SPDX-License-Identifier: Apache-2.0

package tencentkms

import (
	"context"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// The days for which a deletion can be scheduled.
const (
	minWindow = 7
	maxWindow = 30
)

// An EnableKeyRequest names a key to be enabled.
type EnableKeyRequest struct {
	KeyId string
}

// An EnableKeysRequest names 1 to 100 keys to be enabled.
type EnableKeysRequest struct {
	KeyIds []string
}

// A DisableKeyRequest names a key to be disabled.
type DisableKeyRequest EnableKeyRequest

// A DisableKeysRequest names 1 to 100 keys to be disabled.
type DisableKeysRequest EnableKeysRequest

// A ScheduleKeyDeletionRequest names a key to be deleted.
type ScheduleKeyDeletionRequest struct {
	KeyId string
	// PendingWindowInDays is 7 to 30.
	PendingWindowInDays int
}

// A ScheduleKeyDeletionResponse says when a key may be deleted.
type ScheduleKeyDeletionResponse struct {
	// DeletionDate is in seconds since 1970.
	DeletionDate int64
	KeyId        string
	// RequestId is set by the handler.
	RequestId string
}

// A CancelKeyDeletionRequest names a key that is not to be deleted.
type CancelKeyDeletionRequest EnableKeyRequest

// A CancelKeyDeletionResponse has the id of that key.
type CancelKeyDeletionResponse struct {
	KeyId string
	// RequestId is set by the handler.
	RequestId string
}

// An UpdateKeyDescriptionRequest has a new description of a key.
type UpdateKeyDescriptionRequest struct {
	// Description is free text of at most 1,024 bytes; "" removes it.
	Description string
	KeyId       string
}

// A ChangeResponse is the answer to an operation without a result.
type ChangeResponse struct {
	// RequestId is set by the handler.
	RequestId string
}

// EnableKey enables a key that is Disabled. For a key that is Enabled it succeeds and
// changes nothing.
//
// It returns KeyPendingDeletion and KeyPendingImport, AccessDenied for a Store that is
// read-only, and what DescribeKey returns.
func (s *Service) EnableKey(ctx context.Context, req EnableKeyRequest) (ChangeResponse, error) {
	return s.toggleOne(ctx, req.KeyId, keyring.Enabled)
}

// DisableKey disables a key that is Enabled. For a key that is Disabled it succeeds and
// changes nothing. It returns what EnableKey returns.
func (s *Service) DisableKey(ctx context.Context, req DisableKeyRequest) (ChangeResponse, error) {
	return s.toggleOne(ctx, req.KeyId, keyring.Disabled)
}

// EnableKeys enables keys as EnableKey does, one after the other. If one cannot be
// found, may not be used by the caller or is in another state, none is enabled; if
// the store fails, some are.
//
// It returns what EnableKey returns about each, and what DescribeKeys returns for KeyIds.
func (s *Service) EnableKeys(ctx context.Context, req EnableKeysRequest) (ChangeResponse, error) {
	return s.toggleAll(ctx, req.KeyIds, keyring.Enabled)
}

// DisableKeys disables keys as EnableKeys enables them, and returns what that returns.
func (s *Service) DisableKeys(ctx context.Context, req DisableKeysRequest) (ChangeResponse, error) {
	return s.toggleAll(ctx, req.KeyIds, keyring.Disabled)
}

func (s *Service) toggleOne(ctx context.Context, keyID string, state keyring.State) (resp ChangeResponse, err error) {
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	k, err := s.describe(ctx, m, keyID)
	if err != nil {
		return resp, err
	}
	return s.toggle(ctx, m, []keyring.Key{k}, state)
}

func (s *Service) toggleAll(
	ctx context.Context, keyIDs []string, state keyring.State,
) (resp ChangeResponse, err error) {
	m, keys, err := s.describeAll(ctx, keyIDs)
	if err != nil {
		return resp, err
	}
	return s.toggle(ctx, m, keys, state)
}

func (s *Service) toggle(
	ctx context.Context, m keyring.Manager, keys []keyring.Key, state keyring.State,
) (resp ChangeResponse, err error) {
	for _, k := range keys {
		if k.State != keyring.Enabled && k.State != keyring.Disabled {
			return resp, k.State.Err()
		}
	}
	for _, k := range keys {
		if err := m.SetState(ctx, k.KeyID, state); err != nil {
			return s.changed(err)
		}
	}
	return s.changed(nil)
}

// changed is the answer to a change.
func (s *Service) changed(err error) (ChangeResponse, error) {
	if err != nil {
		return ChangeResponse{}, kmshttp.ChangeError(err)
	}
	return ChangeResponse{RequestId: s.exchange.ID()}, nil
}

// ScheduleKeyDeletion makes a Disabled key PendingDelete, with a date as many days from
// now. Nothing deletes it then but the program that has the store; see
// [keyring.Keyring.Purge].
//
// It returns MissingParameter of "PendingWindowInDays" for 0, InvalidParameter of it
// for less than 7 and more than 30 and of "KeyId" for an Enabled key; KeyPendingDeletion
// and KeyPendingImport, AccessDenied for a Store that is read-only, and what DescribeKey
// returns.
func (s *Service) ScheduleKeyDeletion(
	ctx context.Context, req ScheduleKeyDeletionRequest,
) (resp ScheduleKeyDeletionResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	if req.PendingWindowInDays == 0 {
		return resp, kmshttp.Missing("PendingWindowInDays")
	}
	if err := kmshttp.Within("PendingWindowInDays", req.PendingWindowInDays, minWindow, maxWindow); err != nil {
		return resp, err
	}
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	k, err := s.describe(ctx, m, req.KeyId)
	switch {
	case err != nil:
		return resp, err
	case k.State == keyring.Enabled:
		return resp, kmshttp.Refuse(kmshttp.NotDisabled, "KeyId", "the key is Enabled")
	case k.State != keyring.Disabled:
		return resp, k.State.Err()
	}
	date := s.exchange.Now().AddDate(0, 0, req.PendingWindowInDays)
	if err := m.ScheduleDeletion(ctx, k.KeyID, date); err != nil {
		return resp, kmshttp.ChangeError(err)
	}
	return ScheduleKeyDeletionResponse{DeletionDate: date.Unix(), KeyId: k.KeyID, RequestId: s.exchange.ID()}, nil
}

// CancelKeyDeletion makes a key that is PendingDelete Disabled.
//
// It returns InvalidParameter of "KeyId" for a key in another state, AccessDenied for a
// Store that is read-only, and what DescribeKey returns.
func (s *Service) CancelKeyDeletion(
	ctx context.Context, req CancelKeyDeletionRequest,
) (resp CancelKeyDeletionResponse, err error) {
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	k, err := s.describe(ctx, m, req.KeyId)
	if err != nil {
		return resp, err
	}
	if k.State != keyring.PendingDeletion {
		return resp, kmshttp.Refuse(kmshttp.NotPendingDeletion, "KeyId", "the key is "+string(k.State))
	}
	if err := m.SetState(ctx, k.KeyID, keyring.Disabled); err != nil {
		return resp, kmshttp.ChangeError(err)
	}
	return CancelKeyDeletionResponse{KeyId: k.KeyID, RequestId: s.exchange.ID()}, nil
}

// UpdateKeyDescription replaces the description of a key in any state but
// PendingDelete.
//
// It returns InvalidParameter of "Description" for one that is too long or that the
// store does not take, KeyPendingDeletion, AccessDenied for a Store that is read-only,
// and what DescribeKey returns.
func (s *Service) UpdateKeyDescription(
	ctx context.Context, req UpdateKeyDescriptionRequest,
) (resp ChangeResponse, err error) {
	if err := checkDescription(req.Description); err != nil {
		return resp, err
	}
	m, err := s.manager(ctx)
	if err != nil {
		return resp, err
	}
	k, err := s.describe(ctx, m, req.KeyId)
	if err != nil {
		return resp, err
	}
	if k.State == keyring.PendingDeletion {
		return resp, k.State.Err()
	}
	return s.changed(m.SetDescription(ctx, k.KeyID, req.Description))
}
