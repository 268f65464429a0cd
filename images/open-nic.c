// SPDX-License-Identifier: MIT
/*
 * open-nic: a part of the small capture kernel. It opens the NIC that booted as soon as the drivers have found
 * it, so that its link negotiates while the rest of the kernel and init start. init (initramfs/capture) does the
 * same later: an open NIC stays as it is, and one that could not be opened here is tried again.
 *
 * The command line names the NIC, lastwords.nic=52:54:00:a1:b2:c3 (arm/cmdline.h). Without it none is opened:
 * each open NIC takes memory for its rings. Two NICs with one MAC (bonding) are both opened.
 *
 * capture-kernel.sh adds this file to drivers/net of the kernel's source.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/init.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

static u8 open_nic_mac[ETH_ALEN] __initdata;

static int __init open_nic_setup(char *text)
{
	if (!mac_pton(text, open_nic_mac))
		eth_zero_addr(open_nic_mac);
	return 1;
}
__setup("lastwords.nic=", open_nic_setup);

/* After all drivers of device_initcall, which include those of NICs. */
static int __init open_nic(void)
{
	struct net_device *dev;

	if (!is_valid_ether_addr(open_nic_mac))
		return 0;
	rtnl_lock();
	for_each_netdev(&init_net, dev)
	{
		if (dev->type == ARPHRD_ETHER && ether_addr_equal(dev->dev_addr, open_nic_mac) &&
		    dev_open(dev, NULL))
			pr_info("%s: could not be opened yet\n", dev->name);
	}
	rtnl_unlock();
	return 0;
}
device_initcall_sync(open_nic);
