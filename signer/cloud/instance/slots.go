// SPDX-License-Identifier: Apache-2.0

package instance

import (
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/alibabacloud-go/tea/tea"
	util "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/openapi-util"
	sdk "github.com/aliyun/alibabacloud-dkms-gcs-go-sdk/sdk"
)

// The SDK has an http.Client for each host and each settings of a request, in the whole
// process, and writes its timeout at every request: a data race of requests with the same
// settings. So no two requests that are under way have the same slot. It is one more host
// that needs no proxy, which is the one of the settings that can be made different for
// each request without another effect.
var slots struct {
	sync.Mutex
	free []string
	made int
}

// take returns the client's hosts without a proxy and the slot that was given back last,
// whose connection is the warmest. Where there are no such hosts, the SDK takes those of
// the environment.
func take(client *sdk.Client) *string {
	hosts := tea.StringValue(client.NoProxy)
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		if hosts == "" {
			hosts = os.Getenv(name)
		}
	}
	if hosts != "" {
		hosts += ","
	}
	slots.Lock()
	defer slots.Unlock()
	n := len(slots.free)
	if n == 0 {
		slots.made++
		return tea.String(hosts + "slot-" + strconv.Itoa(slots.made) + ".invalid")
	}
	slot := slots.free[n-1]
	slots.free = slots.free[:n-1]
	return tea.String(hosts + slot)
}

func give(options *util.RuntimeOptions) {
	hosts := *options.NoProxy
	slots.Lock()
	defer slots.Unlock()
	slots.free = append(slots.free, hosts[strings.LastIndexByte(hosts, ',')+1:])
}
