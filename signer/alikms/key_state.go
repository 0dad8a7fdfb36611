// SPDX-License-Identifier: Apache-2.0

package alikms

import (
	"context"

	"github.com/kmsigner/kmsigner/internal/kmshttp"
	"github.com/kmsigner/kmsigner/signer/keyring"
)

// The days for which a deletion can be scheduled.
const (
	minWindow = 7
	maxWindow = 366
)

// An EnableKeyRequest names a key to be enabled.
type EnableKeyRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
}

// A DisableKeyRequest names a key to be disabled.
type DisableKeyRequest EnableKeyRequest

// A CancelKeyDeletionRequest names a key that is not to be deleted.
type CancelKeyDeletionRequest EnableKeyRequest

// A ScheduleKeyDeletionRequest names a key to be deleted.
type ScheduleKeyDeletionRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
	// PendingWindowInDays is 7 to 366.
	PendingWindowInDays int
}

// An UpdateKeyDescriptionRequest has a new description of a key.
type UpdateKeyDescriptionRequest struct {
	// KeyId is the id of a key, "alias/NAME", or a key ARN.
	KeyId string
	// Description is free text of at most 8,192 bytes; "" removes it.
	Description string
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
	return s.toggle(ctx, req.KeyId, keyring.Enabled)
}

// DisableKey disables a key that is Enabled. For a key that is Disabled it succeeds and
// changes nothing. It returns what EnableKey returns.
func (s *Service) DisableKey(ctx context.Context, req DisableKeyRequest) (ChangeResponse, error) {
	return s.toggle(ctx, req.KeyId, keyring.Disabled)
}

func (s *Service) toggle(ctx context.Context, keyID string, state keyring.State) (resp ChangeResponse, err error) {
	m, k, err := s.change(ctx, keyID)
	if err != nil {
		return resp, err
	}
	if k.State != keyring.Enabled && k.State != keyring.Disabled {
		return resp, k.State.Err()
	}
	return s.changed(m.SetState(ctx, k.KeyID, state))
}

// changed is the answer to a change.
func (s *Service) changed(err error) (ChangeResponse, error) {
	if err != nil {
		return ChangeResponse{}, kmshttp.ChangeError(err)
	}
	return ChangeResponse{RequestId: s.exchange.ID()}, nil
}

// ScheduleKeyDeletion makes a key PendingDeletion, with a date as many days from now.
// Nothing deletes it then but the program that has the store; see
// [keyring.Keyring.Purge].
//
// It returns MissingParameter of "PendingWindowInDays" for 0, InvalidParameter of it
// for less than 7 and more than 366, KeyPendingDeletion, AccessDenied for a Store that
// is read-only, and what DescribeKey returns.
func (s *Service) ScheduleKeyDeletion(
	ctx context.Context, req ScheduleKeyDeletionRequest,
) (resp ChangeResponse, err error) {
	if req.KeyId == "" {
		return resp, kmshttp.Missing("KeyId")
	}
	if req.PendingWindowInDays == 0 {
		return resp, kmshttp.Missing("PendingWindowInDays")
	}
	if err := kmshttp.Within("PendingWindowInDays", req.PendingWindowInDays, minWindow, maxWindow); err != nil {
		return resp, err
	}
	m, k, err := s.change(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	if k.State == keyring.PendingDeletion {
		return resp, k.State.Err()
	}
	return s.changed(m.ScheduleDeletion(ctx, k.KeyID, s.exchange.Now().AddDate(0, 0, req.PendingWindowInDays)))
}

// CancelKeyDeletion makes a key that is PendingDeletion Enabled.
//
// It returns InvalidParameter of "KeyId" for a key in another state, AccessDenied for a
// Store that is read-only, and what DescribeKey returns.
func (s *Service) CancelKeyDeletion(
	ctx context.Context, req CancelKeyDeletionRequest,
) (resp ChangeResponse, err error) {
	m, k, err := s.change(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	if k.State != keyring.PendingDeletion {
		return resp, kmshttp.Refuse(kmshttp.NotPendingDeletion, "KeyId", "the key is "+string(k.State))
	}
	return s.changed(m.SetState(ctx, k.KeyID, keyring.Enabled))
}

// UpdateKeyDescription replaces the description of a key in any state but
// PendingDeletion.
//
// It returns KeyPendingDeletion, InvalidParameter of "Description" for one that the
// store does not take, AccessDenied for a Store that is read-only, and what DescribeKey
// returns.
func (s *Service) UpdateKeyDescription(
	ctx context.Context, req UpdateKeyDescriptionRequest,
) (resp ChangeResponse, err error) {
	m, k, err := s.change(ctx, req.KeyId)
	if err != nil {
		return resp, err
	}
	if k.State == keyring.PendingDeletion {
		return resp, k.State.Err()
	}
	return s.changed(m.SetDescription(ctx, k.KeyID, req.Description))
}
